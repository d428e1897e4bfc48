/** Collections and domains: behind IAM, each has rules of its own that decide on indices. */
import { PATHS } from "../../local/gateway/contract.ts";
import { DomainSecurity } from "../../local/gateway/domain/security.ts";
import { DomainRequest } from "../../local/gateway/domain/request.ts";
import { Indices } from "../../local/gateway/domain/indices.ts";
import { SearchEngine } from "../../local/gateway/search/engine.ts";
import { tagsOf } from "../../local/gateway/roles.ts";
import { COLLECTION, mayUseIndices, reachesCollection } from "../../local/gateway/services/aoss-access.ts";
import { createDomainService, DOMAIN } from "../../local/gateway/services/domain.ts";
import { isClusterAction } from "../../policies/isolation/index.ts";
import { Unanswerable } from "./errors.ts";
import { callOf, need, type Question, resourceTags } from "./question.ts";

/** The verb of each of IAM's actions on a domain's paths. */
const VERBS: Readonly<Record<string, string>> = {
  "es:ESHttpGet": "GET",
  "es:ESHttpHead": "HEAD",
  "es:ESHttpPost": "POST",
  "es:ESHttpPut": "PUT",
  "es:ESHttpDelete": "DELETE",
  "es:ESHttpPatch": "PATCH",
};

/** Network policies, then IAM. */
export function askCollection(question: Question, id: string): void {
  const { gateway, action } = question;
  const { account } = gateway;
  if (action !== "aoss:APIAccessAll")
    throw new Unanswerable(
      `${action} is decided by data-access policies, on --resource index/COLLECTION/INDEX; IAM's action on a collection is aoss:APIAccessAll.`,
    );
  const collection = need(account.resource(COLLECTION, id), `collection ${id}`, account, COLLECTION, "arn");
  reachesCollection(gateway, callOf(question, "aoss"), collection);
}

/** Network policies alone, and what follows them. */
export function askNetwork(question: Question, name: string): void {
  const { gateway } = question;
  const { account } = gateway;
  const collection = need(
    account.find(COLLECTION, "name", name),
    `collection ${name}`,
    account,
    COLLECTION,
    "name",
  );
  reachesCollection(gateway, callOf(question, "aoss"), collection);
}

/** IAM and the domain's access policy on the path; then OpenSearch's roles, on what the path asks of which index. */
export async function askDomain(question: Question, path: string): Promise<void> {
  const { gateway, action, resource } = question;
  const { account } = gateway;
  const slash = path.indexOf("/");
  const name = slash < 0 ? path : path.slice(0, slash);
  const domain = need(
    account.find(DOMAIN, "domainName", name),
    `domain ${name}`,
    account,
    DOMAIN,
    "domainName",
  );
  const method = VERBS[action];
  if (slash < 0 && method === undefined) {
    gateway.authorize(question.who, { action, resource, context: resourceTags(tagsOf(domain)) });
    return;
  }
  if (slash < 0 || method === undefined)
    throw new Unanswerable(
      `${action} on ${resource}: name a path of the domain (${resource}/INDEX/_search) and one of ${Object.keys(VERBS).join(", ")}.`,
    );
  // The account is a copy: what this would write goes nowhere.
  await createDomainService(gateway).handle({
    ...callOf(question, "es"),
    method,
    rawPath: `${PATHS.domain(name)}${path.slice(slash)}`,
    body: Buffer.from("{}"),
  });
}

/** As the decision log names them: `index/STORE/INDEX` of a collection or a domain, `cluster/DOMAIN`. */
export function askIndex(question: Question, path: string): void {
  const { gateway, who, action, resource } = question;
  const { account } = gateway;
  const [store = "", ...rest] = path.split("/");
  const index = rest.length > 0 ? rest.join("/") : undefined;
  const call = callOf(question, "aoss");
  const collection = account.find(COLLECTION, "name", store);
  if (action.startsWith("aoss:")) {
    const found = need(collection, `collection ${store}`, account, COLLECTION, "name");
    if (index === undefined)
      throw new Unanswerable(`${resource} names no index: expected index/${store}/INDEX.`);
    if (reachesCollection(gateway, call, found))
      mayUseIndices(gateway, call, found, [{ index, permission: action }]);
    return;
  }
  const domain = need(
    account.find(DOMAIN, "domainName", store),
    `domain ${store}`,
    account,
    DOMAIN,
    "domainName",
  );
  if (who.principal.kind !== "role-session")
    throw new Unanswerable("OpenSearch's roles are mapped to roles: name one as --principal.");
  if (!isClusterAction(action) && index === undefined)
    throw new Unanswerable(
      `${action} is decided on for each index: expected --resource index/${store}/INDEX.`,
    );
  const engine = new SearchEngine(account, "domain");
  new DomainRequest({
    gateway,
    call,
    domain: {
      name: store,
      engine,
      store,
      indices: new Indices(account, engine, store),
      security: new DomainSecurity(account, domain, store),
      explicitIndex: false,
    },
    roleArn: who.principal.roleArn,
  }).decide(action, index);
}
