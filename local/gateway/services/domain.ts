/**
 * OpenSearch domains, data plane: what a domain's endpoint answers. Three gates, in the order of AWS: IAM with the domain's
 * access policy, which see the method and the path; the engine's settings; the roles of its security plugin, which see each
 * index. Differences from a real domain: what is written is searchable at once, an index has to exist before documents are
 * written to it, search is exact, and there are no users and passwords.
 */
import type { ResourceRecord } from "../../account/account.ts";
import { AwsError, PATHS, type Call, type Gateway, type Reply, type Service } from "../contract.ts";
import { readJson } from "../domain/body.ts";
import { Indices } from "../domain/indices.ts";
import { perform, type Answer } from "../domain/operations.ts";
import { DomainRequest, type Domain } from "../domain/request.ts";
import { accessPaths, route } from "../domain/routes.ts";
import { DomainSecurity } from "../domain/security.ts";
import { deployedPolicy } from "../principals.ts";
import { SearchEngine } from "../search/engine.ts";
import { isObject, SearchError } from "../search/errors.ts";
import { segmentsOf } from "../search/path.ts";

export const DOMAIN = "aws:opensearch/domain:Domain";
const DOMAIN_POLICY = "aws:opensearch/domainPolicy:DomainPolicy";
const PREFIX = PATHS.domain("");
const EXPLICIT_INDEX = "rest.action.multi.allow_explicit_index";
/** Where the security plugin's API is; it still answers to its older name. */
const SECURITY_API = /^_(?:plugins|opendistro)\/_security\/api(?:\/|$)/;

/** IAM's action for each method. A `PATCH` changes roles one by one: not served, but decided on. */
const ACTIONS: Readonly<Record<string, string>> = {
  GET: "es:ESHttpGet",
  HEAD: "es:ESHttpHead",
  POST: "es:ESHttpPost",
  PUT: "es:ESHttpPut",
  DELETE: "es:ESHttpDelete",
  PATCH: "es:ESHttpPatch",
};

/** Tables `domain-indices`, `-documents`, `-aliases` and `-security` of the account hold the domains' data, by domain name. */
export function createDomainService(gateway: Gateway): Service {
  const engine = new SearchEngine(gateway.account, "domain");
  return {
    serves: (call) => call.service === "es" && call.rawPath.startsWith(PREFIX),
    handle: (call) => {
      try {
        const { status, answer } = handle(gateway, engine, call);
        return Promise.resolve(reply(call, status, answer));
      } catch (error) {
        if (error instanceof SearchError) return Promise.resolve(reply(call, error.status, error.toBody()));
        if (error instanceof AwsError && error.code === "AccessDenied")
          return Promise.resolve(reply(call, error.status, { Message: error.message }));
        throw error;
      }
    },
  };
}

function handle(gateway: Gateway, engine: SearchEngine, call: Call): Answer {
  const below = call.rawPath.slice(PREFIX.length);
  const slash = below.indexOf("/");
  const name = slash < 0 ? below : below.slice(0, slash);
  const record = gateway.account.find(DOMAIN, "domainName", name);
  // On AWS there would be no such host.
  if (!record) throw new SearchError(404, "resource_not_found_exception", `there is no domain ${name}`);
  const segments = segmentsOf(slash < 0 ? "" : below.slice(slash));
  const resourcePolicies = accessPolicies(gateway, record, name);
  const action = ACTIONS[call.method];
  if (action === undefined) throw new SearchError(405, "method_not_allowed", `${call.method} is not allowed`);
  for (const path of accessPaths(segments))
    gateway.authorize(call, {
      action,
      resource: `${String(record.outputs["arn"])}/${path}`,
      resourcePolicies,
    });

  const domain: Domain = {
    name,
    engine,
    store: name,
    indices: new Indices(gateway.account, engine, name),
    security: new DomainSecurity(gateway.account, record, name),
    explicitIndex: allowsExplicitIndex(record),
  };
  const roleArn = callerOf(call);
  if (SECURITY_API.test(segments.join("/")))
    return securityApi(gateway, call, domain, roleArn, segments.slice(3));
  return perform({
    request: new DomainRequest({ gateway, call, domain, roleArn }),
    route: route(call.method, segments),
    body: call.body,
    query: new URLSearchParams(call.rawQuery),
  });
}

/** The domain has one access policy: what was put last, which is the separate resource where there is one. */
function accessPolicies(gateway: Gateway, record: ResourceRecord, name: string) {
  const separate = gateway.account.inForce.find(DOMAIN_POLICY, "domainName", name);
  const holder = separate ?? record;
  const policy = holder.outputs["accessPolicies"];
  return policy === undefined || policy === ""
    ? []
    : [deployedPolicy(gateway.account, holder, `access policy of domain ${name}`, policy)];
}

/** True unless it is switched off: OpenSearch's default. */
function allowsExplicitIndex(record: ResourceRecord): boolean {
  const options = record.outputs["advancedOptions"];
  return !(isObject(options) && options[EXPLICIT_INDEX] === "false");
}

/** How the security plugin knows a caller who signed with IAM credentials. */
function callerOf({ principal }: Call): string {
  if (principal.kind === "role-session") return principal.roleArn;
  if (principal.kind === "user") return principal.userArn;
  throw new SearchError(401, "security_exception", "a domain takes requests of roles and users only");
}

function securityApi(
  gateway: Gateway,
  call: Call,
  domain: Domain,
  roleArn: string,
  [kind, name, ...more]: readonly string[],
): Answer {
  const allowed = domain.security.mayAdminister(roleArn);
  const detail = allowed
    ? "the domain's master user administers its security"
    : `only the domain's master user may use the security API, not ${roleArn}`;
  gateway.record(
    call,
    { action: `security/api/${kind ?? ""}`, resource: `cluster/${domain.name}` },
    { allowed, reason: allowed ? "allowed" : "implicit-deny", detail },
  );
  if (!allowed)
    return {
      status: 403,
      answer: { status: "FORBIDDEN", message: `No permission to access REST API: ${detail}` },
    };
  if (more.length > 0)
    return {
      status: 404,
      answer: { status: "NOT_FOUND", message: `no ${more.join("/")} below ${name ?? ""}` },
    };
  return domain.security.api(call.method, kind, name, readJson(call.body));
}

function reply({ id, method }: Call, status: number, answer: object | undefined): Reply {
  const headers = { "content-type": "application/json; charset=UTF-8", "x-amzn-requestid": id };
  return { status, headers, ...(answer && method !== "HEAD" ? { body: JSON.stringify(answer) } : {}) };
}
