/** What the program and the function that rotates the origin's secret agree on. */

/** CloudFront sends the secret in this header; what a viewer sends under the name never arrives. */
export const ORIGIN_SECRET_HEADER = "x-origin-secret";
/** Of CloudFront's origins, the one that gets the header. */
export const API_ORIGIN = "api";
/** What the rules put on a request that carries an accepted secret. */
export const FROM_EDGE_LABEL = "from-edge";

/** What the function is sent: at deployment without a distribution, which takes the secret; by the schedule with it. */
export interface OriginSecretRequest {
  readonly secret: string;
  readonly ruleGroup: { readonly id: string; readonly name: string };
  /** The distribution's id. */
  readonly distribution?: string;
}
