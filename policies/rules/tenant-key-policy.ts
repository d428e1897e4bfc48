import type { PolicyResource } from "@pulumi/policy";
import {
  type Context,
  decide,
  type PolicyDocument,
  type Principal,
  statementsOn,
} from "../isolation/index.ts";
import { oncePerClass } from "../support/classes.ts";
import { bare, readPolicy, statementsOf } from "../support/documents.ts";
import { ownerOf } from "../support/owner.ts";
import { whereOf } from "../support/place.ts";
import { callers } from "../support/probe/callers.ts";
import { contexts } from "../support/probe/contexts.ts";
import { literalsOf } from "../support/probe/literals.ts";
import { rule } from "../support/rule.ts";

const NAME = "tenant-key-policy";
const USE = [
  "kms:Decrypt",
  "kms:Encrypt",
  "kms:GenerateDataKey",
  "kms:GenerateDataKeyWithoutPlaintext",
  "kms:GenerateDataKeyPair",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
];
const EVERYTHING: PolicyDocument = {
  Version: "2012-10-17",
  Statement: { Sid: "Everything", Effect: "Allow", Action: "*", Resource: "*" },
};

/** A key's policy has to allow by itself: whom it leaves out, no policy elsewhere lets in. */
export const tenantKeyPolicy = rule({
  name: NAME,
  description:
    "The key of a tenant is for sessions with the tenant's tag alone: nobody else uses it, and grants on it are for services of AWS only.",
  severity: "critical",
  remediation:
    "Let the key policy allow the use of the key to the tenant's roles by their ARNs, with StringEquals `aws:PrincipalTag/tenant_id`; to deployment roles, its management, and kms:CreateGrant with Bool `kms:GrantIsForAWSResource` true. Leave the account (root) out.",
  validate: ({ stack }, report) => {
    const { account } = whereOf(stack);
    for (const key of stack.of(["aws:kms/key:Key"])) {
      const tenant = ownerOf(key);
      if (tenant === undefined) continue;
      for (const fault of judgeKey(key, { tenant, account, environment: stack.name })) report(fault, key.urn);
    }
  },
});

interface Owner {
  readonly tenant: string;
  readonly account: string;
  readonly environment: string;
}

function judgeKey(key: PolicyResource, owner: Owner): readonly string[] {
  const { tenant, account, environment } = owner;
  const policy = readPolicy(key, "policy");
  if (policy.kind === "unproven") return [`not proven: its key policy ${policy.why}`];
  if (policy.kind === "none")
    return ["has no key policy: AWS's own lets in whoever the account's policies let in"];
  const { document } = policy;
  return oncePerClass(NAME, tenant, [tenant, account, environment, policy.text], () =>
    judge(document, owner),
  );
}

/**
 * Secrets Manager uses a secret's key as its caller. For the secret of the tenant's login to the database of claims that is, besides the
 * tenant, the function that makes the login; and whoever makes the secret, but only to try the key (nothing is decrypted by that).
 * Source: Secrets Manager user guide, "Secret encryption and decryption", the request to validate access to the key.
 */
function makesLogin(
  principal: Principal,
  context: Context,
  { tenant, account, environment }: Owner,
): boolean {
  if (principal.kind !== "role-session" || principal.account !== account) return false;
  const text = (key: string): string => String(context[key] ?? "");
  const secret = /^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:(\d{12}):secret:(.+)-[A-Za-z0-9]{6}$/.exec(
    text("kms:encryptioncontext:secretarn"),
  );
  const isLogin =
    /^secretsmanager\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/.test(text("kms:viaservice")) &&
    secret?.[1] === account &&
    secret[2] === `bulkhead/${environment}/claims/${tenant}/login`;
  const administers = principal.roleArn.endsWith(`:${account}:role/bulkhead.${environment}.fn.db-admin`);
  const tries = text("kms:encryptioncontext:secretversionid") === "RequestToValidateKeyAccess";
  return isLogin && (administers || tries);
}

function judge(document: PolicyDocument, owner: Owner): readonly string[] {
  const { tenant, account } = owner;
  const faults = new Map<string, Set<string>>();
  let live = false;
  const denies = statementsOf(document).filter(({ Effect }) => Effect === "Deny");
  for (const statement of statementsOf(document)) {
    if (statement.Effect !== "Allow") continue;
    // Each statement that allows, with all that deny: few conditions at a time.
    const part: PolicyDocument = { ...document, Statement: [statement, ...denies] };
    const literals = literalsOf(part);
    const requests = contexts(literals);
    if (requests === undefined)
      return ["not proven: its key policy has too many conditions to try every combination"];
    // Of actions that the policy does not tell apart, one.
    const spoken = [...USE, "kms:CreateGrant"].filter((action) => statementsOn(part, action).includes(0));
    const actions = [
      ...Map.groupBy(
        spoken,
        (action) => `${action === "kms:CreateGrant"} ${statementsOn(part, action).join()}`,
      ).values(),
    ].map(([first = ""]) => first);
    for (const caller of callers(literals, tenant, account))
      for (const action of actions) {
        const ask = (by: PolicyDocument, context: Context) =>
          decide(
            {
              principal: caller.principal,
              action,
              resource: `arn:aws:kms:us-east-1:${account}:key/x`,
              resourceAccount: account,
              context,
            },
            {
              identity: [{ name: "an identity policy that allows everything", document: EVERYTHING }],
              resource: [{ name: "the key policy", document: by }],
            },
            { resourcePolicyMode: "required" },
          );
        const widest = ask(bare(part), {});
        if (!widest.allowed && widest.reason !== "unsupported") continue;
        for (const context of requests) {
          const decision = ask(part, context);
          if (!decision.allowed && decision.reason !== "unsupported") continue;
          // First, since whoever makes the login is no proof that the tenant gets in, whatever tag he has.
          if (
            decision.allowed &&
            action !== "kms:CreateGrant" &&
            makesLogin(caller.principal, context, owner)
          )
            continue;
          if (decision.allowed && caller.tenants && action !== "kms:CreateGrant") {
            live = true;
            continue;
          }
          if (
            decision.allowed &&
            action === "kms:CreateGrant" &&
            context["kms:grantisforawsresource"] === "true"
          )
            continue;
          const fault = decision.allowed
            ? `is allowed by statement ${decision.by?.statement ?? ""}`
            : `is not understood: ${decision.detail}`;
          faults.set(
            fault,
            (faults.get(fault) ?? new Set()).add(
              `${action} to ${caller.label.replaceAll("the bucket's account", "the account")}`,
            ),
          );
        }
      }
  }
  const told = [...faults].map(([fault, what]) => {
    const [first = "", ...more] = what;
    return `${first}${more.length > 0 ? ` and ${more.length} more` : ""} ${fault}`;
  });
  return live ? told : [...told, `refuses the tenant itself: nobody tagged tenant_id=${tenant} may use it`];
}
