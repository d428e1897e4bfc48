/** A domain with tenants' indices, roles and mappings, as the program and its admin function make them. */
import type { Client } from "@opensearch-project/opensearch";
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import http from "node:http";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../../../local/account/identity.ts";
import { PATHS } from "../../../local/gateway/contract.ts";
import type { Statement } from "../../../policies/isolation/types.ts";
import { openSearchAt } from "./open-search.ts";
import { document, roleArn, type Deployment, type TestGateway } from "./support.ts";

export const DIMENSIONS = 4;
export const domainArn = (name: string): string =>
  `arn:aws:es:${LOCAL_REGION}:${LOCAL_ACCOUNT}:domain/${name}`;

export const INDEX_DEFINITION = {
  settings: { index: { knn: true, number_of_shards: 1, number_of_replicas: 1 } },
  mappings: {
    dynamic: "strict",
    properties: {
      vector: {
        type: "knn_vector",
        dimension: DIMENSIONS,
        method: { name: "hnsw", engine: "lucene", space_type: "cosinesimil" },
      },
      text: { type: "text" },
      tenant_id: { type: "keyword" },
    },
  },
};

export interface DomainOptions {
  /** Statements of the access policy. Default: there is none. */
  readonly access?: readonly Statement[];
  /** `rest.action.multi.allow_explicit_index`. @default "false" */
  readonly explicitIndex?: "true" | "false";
  /** @default true */
  readonly fineGrained?: boolean;
}

export function deployDomain(deployment: Deployment, name: string, options: DomainOptions = {}): void {
  deployment.put("aws:opensearch/domain:Domain", domainArn(name), {
    domainName: name,
    domainId: `${LOCAL_ACCOUNT}/${name}`,
    arn: domainArn(name),
    endpoint: `127.0.0.1:1${PATHS.domain(name)}`,
    engineVersion: "OpenSearch_2.19",
    tags: { layer: "pool" },
    advancedSecurityOptions: {
      enabled: options.fineGrained ?? true,
      masterUserOptions: { masterUserArn: roleArn("search-admin") },
    },
    advancedOptions: { "rest.action.multi.allow_explicit_index": options.explicitIndex ?? "false" },
  });
  if (options.access)
    deployment.put("aws:opensearch/domainPolicy:DomainPolicy", `esd-policy-${name}`, {
      domainName: name,
      accessPolicies: document(...options.access),
    });
}

/** The OpenSearch client on a domain, signed as a role's session. */
export const openSearch = (
  test: TestGateway,
  domain: string,
  role: string,
  tags?: Readonly<Record<string, string>>,
): Client => openSearchAt(test, "es", PATHS.domain(domain), role, tags);

export interface Sent {
  readonly method: string;
  /** Below the domain's endpoint, as it goes over the wire. */
  readonly path: string;
  readonly body?: string | undefined;
}

/** A signed request whose path nothing mends: what an attacker with credentials can send. */
export async function send(
  test: TestGateway,
  domain: string,
  who: { readonly role: string; readonly tags: Readonly<Record<string, string>> },
  { method, path, body = "" }: Sent,
): Promise<{ readonly status: number; readonly body: string }> {
  const { hostname, port, host } = new URL(test.gateway.origin);
  const { credentials } = test.as(who.role, who.tags);
  const [target = "", search = ""] = (PATHS.domain(domain) + path).split("?");
  const query = Object.fromEntries(new URLSearchParams(search));
  const signer = new SignatureV4({ service: "es", region: LOCAL_REGION, credentials, sha256: Sha256 });
  const headers = { host, "content-type": "application/json" };
  const request = { method, protocol: "http:", hostname, path: target, query, headers, body };
  const signed = await signer.sign(request);
  return new Promise((resolve, reject) => {
    const options = { hostname, port, method, path: PATHS.domain(domain) + path, headers: signed.headers };
    const sent = http.request(options, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => (text += chunk));
      answer.on("end", () => {
        resolve({ status: answer.statusCode ?? 0, body: text });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
