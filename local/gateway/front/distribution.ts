/** CloudFront, as far as it passes requests on to a REST API: which behavior, which headers it takes away and adds. */
import { z } from "zod";
import type { Account } from "../../account/account.ts";
import { AwsError, PATHS } from "../contract.ts";

const DISTRIBUTION_TYPE = "aws:cloudfront/distribution:Distribution";
const POLICY_TYPE = "aws:cloudfront/originRequestPolicy:OriginRequestPolicy";

const Behavior = z.object({
  targetOriginId: z.string(),
  allowedMethods: z.array(z.string()),
  originRequestPolicyId: z.string().nullish(),
});
const Distribution = z.object({
  enabled: z.boolean(),
  domainName: z.string(),
  aliases: z.array(z.string()).nullish(),
  origins: z.array(
    z.object({
      originId: z.string(),
      domainName: z.string(),
      originPath: z.string().nullish(),
      customHeaders: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
    }),
  ),
  orderedCacheBehaviors: z.array(Behavior.extend({ pathPattern: z.string() })).nullish(),
});
const Policy = z.object({
  headersConfig: z.object({
    headerBehavior: z.literal("allExcept"),
    headers: z.object({ items: z.array(z.string()) }),
  }),
});

const API_HOST = /^([a-z0-9]+)\.execute-api\./;
/** Set by the distribution's own function from the connection; here every client is this machine. */
const CLIENT_ADDRESS_HEADER = "true-client-ip";
const CLIENT_ADDRESS = "127.0.0.1";

export interface Forwarded {
  /** The stage's path here. */
  readonly rawPath: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * @param host of a deployed distribution, its own or an alias
 * @throws AwsError where there is none, where it takes no such request, and for other origins than a REST API
 */
export function forward(
  account: Account,
  host: string,
  request: { readonly method: string; readonly path: string; readonly headers: Forwarded["headers"] },
): Forwarded {
  const found = account
    .resources(DISTRIBUTION_TYPE)
    .map(({ outputs }) => Distribution.safeParse(outputs))
    .find(({ data }) => data?.domainName === host || data?.aliases?.includes(host));
  if (!found?.data?.enabled) throw new AwsError("NoSuchDistribution", `No distribution has ${host}.`, 403);
  const behavior = found.data.orderedCacheBehaviors?.find(({ pathPattern }) =>
    matches(pathPattern, request.path),
  );
  const origin = found.data.origins.find(({ originId }) => originId === behavior?.targetOriginId);
  const api = API_HOST.exec(origin?.domainName ?? "")?.[1];
  if (!behavior || !origin || api === undefined)
    throw new AwsError("NotImplemented", `${host}${request.path}: only REST APIs are served locally.`, 501);
  if (!behavior.allowedMethods.includes(request.method))
    throw new AwsError("MethodNotAllowed", `${request.method} is not allowed for ${request.path}.`, 403);
  const policy = Policy.safeParse(
    account.resource(POLICY_TYPE, behavior.originRequestPolicyId ?? "")?.outputs,
  );
  if (!policy.success) throw new AwsError("NotImplemented", `${host}: its origin request policy`, 501);
  const dropped = new Set(policy.data.headersConfig.headers.items.map((name) => name.toLowerCase()));
  const own = (origin.customHeaders ?? []).map(({ name, value }) => [name.toLowerCase(), value] as const);
  return {
    rawPath: PATHS.stage(api, (origin.originPath ?? "").slice(1)) + request.path,
    headers: {
      ...Object.fromEntries(Object.entries(request.headers).filter(([name]) => !dropped.has(name))),
      [CLIENT_ADDRESS_HEADER]: CLIENT_ADDRESS,
      ...Object.fromEntries(own),
    },
  };
}

/** CloudFront's patterns: `*` any run of characters, `?` one, the leading slash optional. */
function matches(pattern: string, path: string): boolean {
  const escaped = pattern
    .replace(/^\//, "")
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^/${escaped}$`).test(path);
}
