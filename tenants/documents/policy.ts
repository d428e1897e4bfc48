/** The parts that IAM documents are made of. All builders here are pure: plain values in, a JSON document out. */
import { STAND_INS, TENANT_TAG, type Place } from "../../runtime/contract/names.ts";

type OneOrMany = string | readonly string[];
export type Conditions = Readonly<Record<string, Readonly<Record<string, OneOrMany>>>>;

export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | Readonly<Record<string, OneOrMany>>;
  readonly Action: OneOrMany;
  readonly Resource?: OneOrMany;
  readonly NotResource?: OneOrMany;
  readonly Condition?: Conditions;
}

/** A policy document as JSON. Version 2012-10-17: without it `${…}` is not a variable. */
export function policy(...statements: readonly Statement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/** The condition that makes a statement one tenant's: the principal carries its tag. An absent tag matches nothing. */
export const PRINCIPAL_TAG = `aws:PrincipalTag/${TENANT_TAG}` as const;
/** The same as a policy variable. Unresolved (no tag), it matches no resource and no value. */
export const PRINCIPAL_TAG_VARIABLE = STAND_INS.sessionTag;

/** ARNs of a region and account. */
export function arns(place: Place) {
  const partition = place.partition ?? "aws";
  const regional = (service: string, resource: string): string =>
    `arn:${partition}:${service}:${place.region}:${place.account}:${resource}`;
  return {
    regional,
    s3: (path: string): string => `arn:${partition}:s3:::${path}`,
    root: `arn:${partition}:iam::${place.account}:root`,
    /** Foundation models belong to no account. */
    model: (id: string): string => `arn:${partition}:bedrock:${place.region}::foundation-model/${id}`,
    /** Conditions on `aoss:collection` narrow this: a collection's ARN holds a generated id. */
    anyCollection: regional("aoss", "collection/*"),
    /** Conditions on `kms:ResourceAliases` narrow this: a key's ARN holds a generated id. */
    anyKey: regional("kms", "key/*"),
    anyKnowledgeBase: regional("bedrock", "knowledge-base/*"),
    viaS3: `s3.${place.region}.amazonaws.com`,
    viaAoss: `aoss.${place.region}.amazonaws.com`,
  };
}
