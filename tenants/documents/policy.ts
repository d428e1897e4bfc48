/** The parts that IAM documents are made of. All builders here are pure: plain values in, a JSON document out. */
import { STAND_INS, TENANT_TAG } from "../../runtime/contract/names.ts";

export { arns } from "../../runtime/contract/names.ts";

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

/**
 * The trust of a role that a service of AWS takes on for what this account owns: without the source conditions any account's could
 * use the role through the service (the confused deputy).
 * @param source ARN, or pattern of ARNs, of what the service acts for
 */
export function serviceTrust(account: string, service: string, source: string): string {
  return policy({
    Sid: "Service",
    Effect: "Allow",
    Principal: { Service: service },
    Action: "sts:AssumeRole",
    Condition: { StringEquals: { "aws:SourceAccount": account }, ArnLike: { "aws:SourceArn": source } },
  });
}

/** Nobody speaks to a bucket in clear. */
export function onlyOverTls(bucketArn: string): Statement {
  return {
    Sid: "OnlyOverTls",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: [bucketArn, `${bucketArn}/*`],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}

/** The condition that makes a statement one tenant's: the principal carries its tag. An absent tag matches nothing. */
export const PRINCIPAL_TAG = `aws:PrincipalTag/${TENANT_TAG}` as const;
/** The same as a policy variable. Unresolved (no tag), it matches no resource and no value. */
export const PRINCIPAL_TAG_VARIABLE = STAND_INS.sessionTag;
