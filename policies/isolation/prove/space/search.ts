/** Indices: of collections, and of domains. Each is asked of IAM, and of the store itself. */
import type { Collection, Domain } from "../../model/account.ts";
import type { Request } from "../request.ts";
import { IN_COLLECTIONS, IN_DOMAINS } from "./actions.ts";
import { listed, tagFacts, type TargetOf } from "./targets.ts";

export function ofCollection(collection: Collection, target: TargetOf): readonly Request[] {
  const kind = collection.owner === undefined ? "reference-index" : "index";
  return collection.indices.flatMap((index) => {
    const name = `index/${collection.name}/${index.name}`;
    const of = target(kind, collection, name);
    return IN_COLLECTIONS.map((action): Request => ({
      target: of,
      action,
      parts: [
        {
          by: "iam",
          action: "aoss:APIAccessAll",
          resource: collection.arn,
          facts: { "aoss:collection": collection.name, ...tagFacts(collection.tags) },
          policies: [],
          mode: "optional",
        },
        { by: "collection", permission: action, resourceType: "index", resource: name },
      ],
    }));
  });
}

export function ofDomain(domain: Domain, target: TargetOf): readonly Request[] {
  const policies = listed(domain.policy);
  const aliasOf = (owner: string | undefined): string =>
    domain.indices.find((index) => index.owner !== owner)?.aliases[0] ?? "kb.somebody";
  return domain.indices.flatMap((index) => {
    const [alias = index.name] = index.aliases;
    const of = target("index", index, `${domain.name}/${alias}`);
    return IN_DOMAINS.map(([verb, path, action]): Request => {
      const at = path
        .replaceAll("{alias}", alias)
        .replaceAll("{index}", index.name)
        .replaceAll("{other}", aliasOf(index.owner));
      return {
        target: of,
        action: `es:ESHttp${verb} ${path}: ${action}`,
        parts: [
          {
            by: "iam",
            action: `es:ESHttp${verb}`,
            resource: `${domain.arn}/${at}`,
            facts: tagFacts(domain.tags),
            policies,
            mode: "optional",
          },
          { by: "engine", domain: domain.name, action, index: index.name, aliases: index.aliases },
        ],
      };
    });
  });
}
