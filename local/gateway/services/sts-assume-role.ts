/** AssumeRole: what may be asked, who decides it (three actions, each by identity and trust policy), what comes of it. */
import type { Context, NamedPolicy } from "../../../policies/isolation/types.ts";
import { AwsError, type Call, type Gateway, type Session } from "../contract.ts";
import { tag } from "../protocol.ts";
import { readPolicy } from "../policy-text.ts";
import { type Role, Roles } from "../roles.ts";
import { overrideTags, Sessions } from "../sessions.ts";
import { readSessionTags, type SessionTags } from "./sts-tags.ts";

type Form = ReadonlyMap<string, string>;

const NAME = /^[\w+=,.@-]{2,64}$/;
const MIN_SECONDS = 900;
/** A role that takes on another is held to an hour, whatever the other role allows. Every caller here is a role. */
const CHAINED_SECONDS = 3600;
const MAX_POLICY_CHARACTERS = 2048;
const FIELDS =
  /^(Action|Version|RoleArn|RoleSessionName|DurationSeconds|Policy|SourceIdentity|PolicyArns\.member\.\d+\.arn|Tags\.member\.\d+\.(Key|Value)|TransitiveTagKeys\.member\.\d+)$/;

/** @returns the inside of `<AssumeRoleResult>`. @throws AwsError */
export function assumeRole(gateway: Gateway, call: Call, form: Form): string {
  const { session: caller } = call;
  if (caller === undefined) throw new AwsError("MissingAuthenticationToken", "Sign the request.", 403);
  for (const [field, value] of form) {
    // The SDK writes an empty list as a field of the list's name without a value.
    if (value === "" && /^(Tags|TransitiveTagKeys|PolicyArns)$/.test(field)) continue;
    if (!FIELDS.test(field)) throw invalid(`The embedded account's AssumeRole does not know '${field}'.`);
  }
  const roles = new Roles(gateway.account);
  const sessions = new Sessions(gateway.account, roles);
  const roleArn = form.get("RoleArn") ?? "";
  const sessionName = nameOf(form, "RoleSessionName");
  if (sessionName === undefined) throw invalid("RoleSessionName is required.");
  const sourceIdentity = nameOf(form, "SourceIdentity");
  const tags = readSessionTags(form, inherited(caller, sessions));
  const role = roles.find(roleArn);
  const seconds = secondsOf(form, role);
  const sessionPolicies = sessionPoliciesOf(form, roles);

  // A role that does not exist answers as one that does not trust the caller: no one can tell them apart.
  if (role === undefined) throw denied(caller, "sts:AssumeRole", roleArn);
  check(gateway, call, caller, { role, sessionName, sourceIdentity, tags });
  if (
    caller.sourceIdentity !== undefined &&
    sourceIdentity !== undefined &&
    sourceIdentity !== caller.sourceIdentity
  ) {
    throw new AwsError("AccessDenied", "The session's source identity can't be changed.", 403);
  }
  const effectiveIdentity = caller.sourceIdentity ?? sourceIdentity;
  const issued = sessions.issue(role, {
    sessionName,
    tags: overrideTags(tags.inherited, tags.passed),
    transitiveTagKeys: [...Object.keys(tags.inherited), ...tags.transitive],
    sessionPolicies,
    seconds,
    ...(effectiveIdentity !== undefined && { sourceIdentity: effectiveIdentity }),
  });
  return [
    "<Credentials>",
    tag("AccessKeyId", issued.accessKeyId),
    tag("SecretAccessKey", issued.secretAccessKey),
    tag("SessionToken", issued.sessionToken),
    tag("Expiration", new Date(issued.expiresAt).toISOString()),
    "</Credentials><AssumedRoleUser>",
    tag("Arn", issued.principal.sessionArn),
    tag("AssumedRoleId", `${role.id}:${sessionName}`),
    "</AssumedRoleUser>",
    effectiveIdentity === undefined ? "" : tag("SourceIdentity", effectiveIdentity),
  ].join("");
}

interface Asked {
  readonly role: Role;
  readonly sessionName: string;
  readonly sourceIdentity: string | undefined;
  readonly tags: SessionTags;
}

/** Tagging and setting a source identity are permissions of their own; all are asked with the same context. */
function check(gateway: Gateway, call: Call, caller: Session, asked: Asked): void {
  const { role, tags, sourceIdentity } = asked;
  const keys = Object.keys(tags.passed);
  const context: Context = {
    "sts:RoleSessionName": asked.sessionName,
    ...(sourceIdentity !== undefined && { "sts:SourceIdentity": sourceIdentity }),
    ...Object.fromEntries(keys.map((key) => [`aws:RequestTag/${key}`, tags.passed[key] ?? ""])),
    ...(keys.length > 0 && { "aws:TagKeys": keys }),
    ...(tags.transitive.length > 0 && { "sts:TransitiveTagKeys": tags.transitive }),
    ...Object.fromEntries(Object.entries(role.tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value])),
  };
  const actions = [
    "sts:AssumeRole",
    ...(keys.length > 0 ? ["sts:TagSession"] : []),
    // A source identity that is handed on must be allowed like one that is set.
    ...(sourceIdentity !== undefined || caller.sourceIdentity !== undefined ? ["sts:SetSourceIdentity"] : []),
  ];
  for (const action of actions) {
    gateway.authorize(call, {
      action,
      resource: role.arn,
      context,
      resourcePolicies: [role.trust],
      resourcePolicyMode: "required",
    });
  }
}

/** The tags that the caller's session hands on without being asked. */
function inherited(caller: Session, sessions: Sessions): Readonly<Record<string, string>> {
  const transitive = new Set(caller.transitiveTagKeys.map((key) => key.toLowerCase()));
  return Object.fromEntries(
    Object.entries(sessions.tags(caller)).filter(([key]) => transitive.has(key.toLowerCase())),
  );
}

function nameOf(form: Form, field: string): string | undefined {
  const value = form.get(field);
  if (value !== undefined && !NAME.test(value)) {
    throw invalid(`${field} must be 2 to 64 characters of letters, digits and _+=,.@-`);
  }
  return value;
}

function secondsOf(form: Form, role: Role | undefined): number {
  const said = form.get("DurationSeconds");
  const seconds = Number(said ?? CHAINED_SECONDS);
  if (said !== undefined && !/^\d{1,6}$/.test(said)) throw invalid("DurationSeconds must be a whole number.");
  if (seconds < MIN_SECONDS) throw invalid(`DurationSeconds must be at least ${MIN_SECONDS}.`);
  if (seconds > CHAINED_SECONDS) {
    throw invalid(
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    );
  }
  if (role !== undefined && seconds > role.maxSessionSeconds) {
    throw invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  }
  return seconds;
}

function sessionPoliciesOf(form: Form, roles: Roles): NamedPolicy[] {
  const policies: NamedPolicy[] = [];
  const inline = form.get("Policy");
  if (inline !== undefined) {
    if (inline.length > MAX_POLICY_CHARACTERS) {
      throw new AwsError(
        "PackedPolicyTooLarge",
        `Policy is longer than ${MAX_POLICY_CHARACTERS} characters.`,
        400,
      );
    }
    try {
      policies.push(readPolicy("session policy", inline));
    } catch (error) {
      throw new AwsError("MalformedPolicyDocument", `The ${(error as Error).message}.`, 400);
    }
  }
  for (const [field, arn] of form) {
    if (field.startsWith("PolicyArns.")) policies.push(roles.managed(arn));
  }
  return policies;
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationError", message, 400);
}

function denied(caller: Session, action: string, resource: string): AwsError {
  return new AwsError(
    "AccessDenied",
    `User: ${caller.principal.sessionArn} is not authorized to perform: ${action} on resource: ${resource}`,
    403,
  );
}
