import { compileWildcard, type Principal } from "../../isolation/index.ts";
import { type Literals } from "./literals.ts";
import { candidates, FRESH, instance } from "./values.ts";

export interface Caller {
  /** For people: `a role of the bucket's account without the tag`. */
  readonly label: string;
  readonly principal: Principal;
  /** Whether it is an identity of the bucket's account that carries exactly the tenant's tag. */
  readonly tenants: boolean;
}

const TAG = "aws:principaltag/";
const TENANT = `${TAG}tenant_id`;
const ROLE = /^arn:([a-z-]+):iam::(\d{12}):role\/(.+)$/;
const USER = /^arn:[a-z-]+:iam::(\d{12}):user\/(.+)$/;
const ANY_ACCOUNT = /^(arn:[a-z-]+:(?:iam|sts)::)[0-9*?]*[*?][0-9*?]*:/;
const SESSION = /^arn:([a-z-]+):sts::(\d{12}):assumed-role\/(.+)\/([^/]+)$/;
export const FOREIGN = "999999999999";
const SOME_ACCOUNT = "000000000000";

/** Accounts that may own the bucket, as far as the policy could tell them apart: where nothing says whose it is. */
export function possibleOwners(literals: Literals): string[] {
  return [...mentionedAccounts(literals).add(SOME_ACCOUNT)];
}

/** Callers that the policy might tell apart: kinds, accounts, names that it mentions, each with every tag that matters. */
export function callers(literals: Literals, tenant: string, account: string): Caller[] {
  const out: Caller[] = [{ label: "an anonymous caller", principal: { kind: "anonymous" }, tenants: false }];
  const services = [...literals.principals].filter((name) =>
    /\.(amazonaws\.com(\.cn)?|amazon\.com)$/.test(name),
  );
  const named = literals.asked.get("aws:principalservicename")?.values ?? [];
  for (const service of new Set([...services, ...named, "logging.s3.amazonaws.com"]))
    out.push({ label: `the service ${service}`, principal: { kind: "service", service }, tenants: false });
  const accounts = mentionedAccounts(literals).add(account).add(FOREIGN);
  for (const one of accounts) {
    const whose = one === account ? "the bucket's account" : `account ${one}`;
    out.push({
      label: `the root user of ${whose}`,
      principal: { kind: "root", account: one },
      tenants: false,
    });
  }
  for (const identity of identities(literals, accounts))
    for (const { label, tags } of taggings(literals, tenant)) {
      const own = identity.account === account;
      const whose = own ? "the bucket's account" : `account ${identity.account}`;
      const tagged = Object.entries(tags).some(([key, value]) => key === "tenant_id" && value === tenant);
      out.push({
        label: `${identity.label(whose)} ${label}`,
        principal: { ...identity.principal, tags },
        tenants: own && tagged,
      });
    }
  return out;
}

type Tagged = Extract<Principal, { readonly tags: unknown }>;

export interface Identity {
  readonly account: string;
  readonly principal: Tagged;
  readonly label: (whose: string) => string;
}

export function identities(literals: Literals, accounts: ReadonlySet<string>): Identity[] {
  const out: Identity[] = [];
  for (const account of accounts) {
    out.push(role("aws", account, FRESH, FRESH, (whose) => `a role of ${whose}`));
    for (const name of [FRESH, ...(literals.asked.get("aws:username")?.values ?? [])])
      out.push(
        user(`arn:aws:iam::${account}:user/${instance(name)}`, account, (whose) => `a user of ${whose}`),
      );
  }
  for (const text of new Set([...literals.principals, ...principalArns(literals)]))
    for (const account of accounts) {
      const arn = instance(text.replace(ANY_ACCOUNT, `$1${account}:`));
      const [, partition = "", of = "", name = ""] = ROLE.exec(arn) ?? [];
      if (name !== "") out.push(role(partition, of, name, FRESH, () => arn));
      const [, userAccount = "", userName = ""] = USER.exec(arn) ?? [];
      if (userName !== "") out.push(user(arn, userAccount, () => arn));
      const [, sessionOf = "", where = "", by = "", session = ""] = SESSION.exec(arn) ?? [];
      if (session !== "") out.push(role(sessionOf, where, by, session, () => arn));
      // `*admin*`, `arn:*role/admin`: what is left of the pattern makes a name.
      if (name === "" && /[*?]/.test(text)) {
        const rest = instance(text.replace(/^.*role\//, "").replace(/^arn:[^/]*/, ""));
        if (/^[\w+=,.@/-]+$/.test(rest))
          out.push(role("aws", account, rest, FRESH, () => `a role named ${rest}`));
      }
    }
  return [...new Map(out.map((identity) => [JSON.stringify(identity.principal), identity])).values()];
}

function principalArns({ asked }: Literals): ReadonlySet<string> {
  return asked.get("aws:principalarn")?.values ?? new Set();
}

/** Patterns of caller ARNs that no caller here fits: what they exempt can't be judged. */
export function unmetPatterns(literals: Literals, all: readonly Caller[]): string[] {
  const arns = all.flatMap(({ principal }) =>
    principal.kind === "role-session"
      ? [principal.roleArn]
      : principal.kind === "user"
        ? [principal.userArn]
        : [],
  );
  return [...principalArns(literals)].filter(
    (pattern) => /[*?]/.test(pattern) && !arns.some(compileWildcard(pattern)),
  );
}

function role(
  partition: string,
  account: string,
  path: string,
  session: string,
  label: (whose: string) => string,
): Identity {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const principal: Tagged = {
    kind: "role-session",
    account,
    roleArn: `arn:${partition}:iam::${account}:role/${path}`,
    sessionArn: `arn:${partition}:sts::${account}:assumed-role/${name}/${session}`,
    tags: {},
  };
  return { account, principal, label };
}

function user(userArn: string, account: string, label: (whose: string) => string): Identity {
  return { account, principal: { kind: "user", account, userArn, tags: {} }, label };
}

export function mentionedAccounts({ principals, asked }: Literals): Set<string> {
  const texts = [...principals];
  for (const { key, values } of asked.values()) if (key.startsWith("aws:principal")) texts.push(...values);
  return new Set(texts.flatMap((text) => text.match(/(?<!\d)\d{12}(?!\d)/g) ?? []));
}

interface Tagging {
  readonly label: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Tags near the tenant's, tags that the policy names, and none; each with every other tag that the policy asks for. */
function taggings(literals: Literals, tenant: string): Tagging[] {
  const near = [`${tenant}-2`, tenant.slice(0, -1), tenant.toUpperCase(), `${tenant} `, "", FRESH];
  const asked = literals.asked.get(TENANT);
  const values = new Set([...near, ...(asked ? candidates(asked) : []), tenant]);
  let out: Tagging[] = [{ label: "without the tag", tags: {} }];
  for (const value of values) out.push({ label: `tagged tenant_id=${value}`, tags: { tenant_id: value } });
  for (const other of literals.asked.values()) {
    if (!other.key.startsWith(TAG) || other.key === TENANT) continue;
    const tag = other.key.slice(TAG.length);
    out = out.flatMap((tagging) => [
      tagging,
      ...candidates(other).map((value) => ({
        label: `${tagging.label}, tagged ${tag}=${value}`,
        tags: { ...tagging.tags, [tag]: value },
      })),
    ]);
  }
  return out;
}
