/** Who asks: a principal of the account, with the session tags that it is asked about. */
import type { Account } from "../../local/account/account.ts";
import { LOCAL_ACCOUNT, LOCAL_PARTITION } from "../../local/account/identity.ts";
import type { Who } from "../../local/gateway/authorize.ts";
import type { Session } from "../../local/gateway/contract.ts";
import { DEPLOYER_ARN, type Role, type Roles } from "../../local/gateway/roles.ts";
import { overrideTags } from "../../local/gateway/sessions.ts";
import { listed, Unanswerable } from "./errors.ts";

const ROLE = "aws:iam/role:Role";
const SESSION_NAME = "explain";

const IAM_ROLE = /^arn:[a-z-]+:iam::(\d{12}):role\/(.+)$/;
const ASSUMED_ROLE = /^arn:[a-z-]+:sts::(\d{12}):assumed-role\/([^/]+)\/([\w+=,.@-]{2,64})$/;
const SERVICE = /^[a-z0-9.-]+\.amazonaws\.com$/;

/**
 * Reads `--principal`: a role's ARN or name, a session's ARN, a service (`s3.amazonaws.com`), or `anonymous`.
 *
 * @param tags - Session tags; they override the role's own, whatever the letter case of their keys.
 * @throws Unanswerable telling which roles there are
 */
export function readCaller(
  account: Account,
  roles: Roles,
  principal: string,
  tags: Readonly<Record<string, string>>,
): Who {
  const id = SESSION_NAME;
  const bare = (who: Who): Who => {
    if (Object.keys(tags).length > 0)
      throw new Unanswerable(`${principal} takes no session tags: only sessions of roles have them.`);
    return who;
  };
  if (principal === "anonymous") return bare({ id, principal: { kind: "anonymous" } });
  if (SERVICE.test(principal)) return bare({ id, principal: { kind: "service", service: principal } });
  if (principal === `arn:${LOCAL_PARTITION}:iam::${LOCAL_ACCOUNT}:root`)
    return bare({ id, principal: { kind: "root", account: LOCAL_ACCOUNT } });
  const { role, sessionName } = findRole(account, roles, principal);
  return sessionOf(role, sessionName, tags);
}

function findRole(
  account: Account,
  roles: Roles,
  principal: string,
): { readonly role: Role; readonly sessionName: string } {
  const arns = account.resources(ROLE).map(({ outputs }) => String(outputs["arn"]));
  const ofName = (name: string): string | undefined =>
    [...arns, DEPLOYER_ARN].find((arn) => arn.slice(arn.lastIndexOf("/") + 1) === name);
  const [, sessionAccount, name = "", sessionName = SESSION_NAME] = ASSUMED_ROLE.exec(principal) ?? [];
  const arn = IAM_ROLE.test(principal)
    ? principal
    : ofName(sessionAccount === undefined ? principal : sessionAccount === LOCAL_ACCOUNT ? name : "");
  const role = arn === undefined ? undefined : roles.find(arn);
  if (role === undefined)
    throw new Unanswerable(
      `There is no principal ${principal} in this account. Its roles: ${listed([...arns, DEPLOYER_ARN])}\n` +
        "A service (s3.amazonaws.com) and anonymous can be asked about too.",
    );
  return { role, sessionName };
}

function sessionOf(role: Role, sessionName: string, tags: Readonly<Record<string, string>>): Who {
  const [, partition = "", , , account = ""] = role.arn.split(":");
  const principal = {
    kind: "role-session",
    account,
    roleArn: role.arn,
    sessionArn: `arn:${partition}:sts::${account}:assumed-role/${role.name}/${sessionName}`,
    tags: overrideTags(role.tags, tags),
  } as const;
  const session: Session = {
    accessKeyId: "",
    secretAccessKey: "",
    sessionToken: "",
    expiresAt: Number.MAX_SAFE_INTEGER,
    principal,
    sessionPolicies: [],
    transitiveTagKeys: [],
  };
  return { id: SESSION_NAME, principal, session };
}
