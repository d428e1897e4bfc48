import type { PolicyResource } from "@pulumi/policy";
import { decideCollectionAccess } from "../isolation/index.ts";
import { oncePerClass } from "../support/classes.ts";
import { componentOf, ownerOf, tagOf } from "../support/owner.ts";
import { whereOf } from "../support/place.ts";
import { read } from "../support/read.ts";
import { ROLE, roleName } from "../support/roles.ts";
import { rule } from "../support/rule.ts";
import { neighbours } from "../support/tenant-data.ts";

const NAME = "collection-access-policy";
const COLLECTION = "aws:opensearch/serverlessCollection:ServerlessCollection";

/** Who may read and write documents of a collection; IAM's own gate is the other layer. */
export const collectionAccessPolicy = rule({
  name: NAME,
  description:
    "A collection's data-access policy lets only roles of the collection's tenant read and write documents, and speaks of that collection alone.",
  severity: "critical",
  remediation:
    "Name one collection in full in Resource (index/<collection>/<index>), and in Principal the tenant's own roles by ARN; what makes indices gets no aoss:ReadDocument and no aoss:WriteDocument.",
  validate: ({ stack }, report) => {
    const { account } = whereOf(stack);
    const collections = new Map<unknown, PolicyResource>();
    for (const collection of stack.of([COLLECTION])) {
      const name = read(collection, "name");
      if (name.known) collections.set(name.value, collection);
    }
    const roles = new Map(
      stack.of(ROLE).map((role) => [`arn:aws:iam::${account}:role/${roleName(role) ?? ""}`, ownerOf(role)]),
    );
    for (const policy of stack.of(["aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy"])) {
      const document = read(policy, "policy");
      if (!document.known || typeof document.value !== "string") {
        report("not proven: its policy is not known before deployment", policy.urn);
        continue;
      }
      const text = document.value;
      const owner = componentOf(policy);
      const parts = partsOf(text);
      if (parts === undefined) {
        report(
          "not proven: its policy is not understood: it is no JSON of the form that OpenSearch Serverless takes",
          policy.urn,
        );
        continue;
      }
      // Whose everything is that it names: what the judgement depends on besides the text.
      const whose = [
        ...parts.principals.map((arn) => `${arn} ${String(roles.has(arn))} ${roles.get(arn) ?? ""}`),
        ...parts.collections.map((name) => `${name} ${ownerOfCollection(collections.get(name)) ?? ""}`),
      ];
      const faults = oncePerClass(NAME, owner, [text, owner ?? "", ...whose], () => {
        const out: string[] = [];
        for (const pattern of parts.collections) {
          const collection = collections.get(pattern);
          if (collection === undefined) {
            out.push(`speaks of ${pattern}, which is no collection of this stack`);
            continue;
          }
          const tenant = ownerOfCollection(collection);
          const admitted = parts.principals.filter((roleArn) => touches(text, pattern, roleArn));
          for (const roleArn of admitted)
            if (!roles.has(roleArn))
              out.push(`lets ${roleArn} at the documents of ${pattern}, which is no role of this stack`);
            else if (roles.get(roleArn) !== tenant)
              out.push(
                `lets ${roleArn} at the documents of ${pattern}, which is ${tenant === undefined ? "no tenant's" : `tenant ${tenant}'s`}`,
              );
          for (const near of neighbours(pattern))
            for (const roleArn of parts.principals)
              if (touches(text, near, roleArn))
                out.push(`lets ${roleArn} at the documents of ${near} as well`);
        }
        return out;
      });
      for (const fault of new Set(faults)) report(fault, policy.urn);
    }
  },
});

function ownerOfCollection(collection: PolicyResource | undefined): string | undefined {
  const tag = collection && tagOf(collection);
  return tag?.kind === "one" ? tag.id : undefined;
}

/** Whether a principal reads or writes documents there; what is not understood counts as that it does. */
function touches(document: string, collection: string, roleArn: string): boolean {
  return ["aoss:ReadDocument", "aoss:WriteDocument"].some((permission) => {
    const request = {
      roleArn,
      resourceType: "index",
      resource: `index/${collection}/kb`,
      permission,
    } as const;
    const other = { ...request, resource: `index/${collection}/other` };
    return [request, other].some((each) => {
      const decision = decideCollectionAccess(each, [{ name: "the policy", document }]);
      return decision.allowed || decision.reason === "unsupported";
    });
  });
}

/** Whom and what it names, to ask about. */
function partsOf(
  text: string,
): { readonly collections: readonly string[]; readonly principals: readonly string[] } | undefined {
  try {
    const entries = JSON.parse(text) as { Rules: { Resource: string[] }[]; Principal: string[] }[];
    const resources = entries.flatMap(({ Rules }) => Rules).flatMap(({ Resource }) => Resource);
    return {
      collections: [...new Set(resources.map((resource) => resource.split("/")[1] ?? ""))],
      principals: [...new Set(entries.flatMap(({ Principal }) => Principal))],
    };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}
