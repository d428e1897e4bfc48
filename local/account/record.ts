/** One deployed resource, as a provider plugin created it. */
export interface ResourceRecord {
  /** Pulumi type token: `aws:s3/bucket:Bucket`. */
  readonly type: string;
  /** The provider's id. */
  readonly id: string;
  readonly urn: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Inputs merged with what the provider computed. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /**
   * The unique ids of the roles that its policies name, by ARN, as they were when these were put: AWS stores the ids, so a
   * role that is made again under the same name is another one. Absent: its policies name no role.
   */
  readonly principals?: Readonly<Record<string, string>>;
}
