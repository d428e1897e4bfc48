import { randomUUID } from "node:crypto";
import { PATHS, AwsError, type Gateway } from "../../gateway/contract.ts";
import { deployedPolicy } from "../../gateway/principals.ts";
import type { Behaviours, Draft, Place } from "../behaviour.ts";
import { verifyPlacement } from "./ec2.ts";
import { LOWER, characters } from "../ids.ts";
import { findKey } from "../references.ts";
import { isObject, object, objects, text, type Properties } from "../values.ts";

const COLLECTION = "aws:opensearch/serverlessCollection:ServerlessCollection";
const DOMAIN = "aws:opensearch/domain:Domain";
const GROUP = "aws:opensearch/serverlessCollectionGroup:ServerlessCollectionGroup";
const SECURITY_POLICY = "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy";

const conflict = (kind: string, name: string) =>
  new AwsError("ConflictException", `${kind} with name ${name} already exists`, 409);

/** The key that a collection is encrypted with: its own, or what an encryption policy says; `auto` is AWS's. */
function encryption(draft: Draft): string {
  for (const own of objects(draft.inputs, "encryptionConfigs")) {
    if (own["awsOwnedKey"] === true) return "auto";
    const key = text(own, "kmsKeyArn");
    if (findKey(draft.account, key)) return key;
    throw new AwsError("ValidationException", `The KMS key ${key} does not exist or is pending deletion`);
  }
  const name = text(draft.inputs, "name");
  for (const policy of draft.account.resources(SECURITY_POLICY)) {
    if (policy.inputs["type"] !== "encryption") continue;
    const document: unknown = JSON.parse(text(policy.inputs, "policy"));
    if (isObject(document) && objects(document, "Rules").some((rule) => names(rule["Resource"], name)))
      return document["AWSOwnedKey"] === true ? "auto" : text(document, "KmsARN");
  }
  throw new AwsError(
    "ValidationException",
    `No matching security policy of encryption type found for collection name: ${name}. Please create security policy of encryption type for this collection.`,
  );
}

function names(resources: unknown, collection: string): boolean {
  return [resources].flat().some((resource) => {
    const pattern = String(resource).replace(/^collection\//, "");
    return pattern.endsWith("*") ? collection.startsWith(pattern.slice(0, -1)) : pattern === collection;
  });
}

function verifyCollection(draft: Draft): void {
  const group = text(draft.inputs, "collectionGroupName");
  if (group !== "" && !draft.account.find(GROUP, "name", group))
    throw new AwsError("ResourceNotFoundException", `Collection group ${group} not found`, 404);
  encryption(draft);
}

const policyVersion = (draft: Draft) => ({
  policyVersion: Buffer.from(characters(text(draft.inputs, "policy"), LOWER, 20)).toString("base64"),
});

/** Deletes what services keep of a store. */
function forget(gateway: Gateway, tables: readonly string[], store: string): void {
  for (const name of tables) {
    const table = gateway.account.table(name);
    for (const [key] of [...table.entries(`${store}/`)]) table.delete(key);
  }
}

/** OpenSearch Service tries whether it may write where it is told to. Source: its guide, "Monitoring logs". */
function verifyLogs(draft: Draft): void {
  const { account, gateway, inputs, place } = draft;
  for (const { enabled, cloudwatchLogGroupArn } of objects(inputs, "logPublishingOptions")) {
    if (enabled === false) continue;
    const arn = String(cloudwatchLogGroupArn).replace(/:\*$/, "");
    const group = arn.split(":log-group:")[1] ?? "";
    if (!account.resource("aws:cloudwatch/logGroup:LogGroup", group))
      throw new AwsError("ValidationException", `The CloudWatch Logs log group ${group} does not exist`);
    const decision = gateway.decide(
      { principal: { kind: "service", service: "es.amazonaws.com" }, id: randomUUID() },
      {
        action: "logs:CreateLogStream",
        resource: `${arn}:log-stream:x`,
        resourcePolicyMode: "required",
        resourcePolicies: account
          .resources("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
          .map((each) =>
            deployedPolicy(account, each, `log policy ${each.id}`, each.outputs["policyDocument"]),
          ),
        context: { "aws:SourceAccount": place.account, "aws:SourceArn": domainArn(inputs, place) },
      },
    );
    if (!decision.allowed)
      throw new AwsError(
        "ValidationException",
        `The Resource Access Policy specified for the CloudWatch Logs log group ${group} does not grant sufficient permissions for Amazon OpenSearch Service to create a log stream. Please check the Resource Access Policy.`,
      );
  }
}

const domainArn = (inputs: Properties, place: Place): string =>
  `arn:${place.partition}:es:${place.region}:${place.account}:domain/${text(inputs, "domainName")}`;

export const opensearch: Behaviours = {
  [COLLECTION]: {
    defaults: { type: "TIMESERIES", standbyReplicas: "ENABLED" },
    id: (_inputs, seed) => characters(seed, LOWER, 20),
    unique: "name",
    conflict: (inputs) => conflict("Collection", text(inputs, "name")),
    verify: verifyCollection,
    outputs: (draft) => ({
      collectionEndpoint: draft.gateway.origin + PATHS.collection(draft.id),
      dashboardEndpoint: `${draft.gateway.origin}${PATHS.collection(draft.id)}/_dashboards`,
      kmsKeyArn: encryption(draft),
    }),
    // What the collection holds goes with it.
    remove: (record, { gateway }) => {
      forget(gateway, ["aoss-documents", "aoss-indices"], record.id);
      return Promise.resolve();
    },
  },
  [DOMAIN]: {
    defaults: { engineVersion: "OpenSearch_2.19" },
    id: (inputs, _seed, place) => domainArn(inputs, place),
    conflict: (inputs) =>
      new AwsError(
        "ResourceAlreadyExistsException",
        `Domain ${text(inputs, "domainName")} already exists`,
        409,
      ),
    verify: (draft) => {
      verifyLogs(draft);
      verifyPlacement(draft.account, object(draft.inputs, "vpcOptions"));
      const options = object(draft.inputs, "advancedSecurityOptions");
      if (options["internalUserDatabaseEnabled"] === true)
        throw new AwsError(
          "ValidationException",
          `${text(draft.inputs, "domainName")}: the embedded account's domains know no users and passwords. Leave internalUserDatabaseEnabled off and name a role in masterUserOptions.masterUserArn`,
        );
    },
    outputs: ({ id, inputs, place, gateway }) => {
      const name = text(inputs, "domainName");
      // A host name on AWS; here it has a port and a path.
      const endpoint = gateway.origin.replace(/^http:\/\//, "") + PATHS.domain(name);
      return {
        arn: id,
        domainId: `${place.account}/${name}`,
        endpoint,
        dashboardEndpoint: `${endpoint}/_dashboards`,
      };
    },
    remove: (record, { gateway }) => {
      forget(
        gateway,
        ["indices", "documents", "aliases", "security"].map((name) => `domain-${name}`),
        text(record.outputs, "domainName"),
      );
      return Promise.resolve();
    },
  },
  "aws:opensearch/domainPolicy:DomainPolicy": {
    id: (inputs) => `esd-policy-${text(inputs, "domainName")}`,
    conflict: (inputs) => conflict("Access policy", text(inputs, "domainName")),
    verify: (draft) => {
      const name = text(draft.inputs, "domainName");
      if (!draft.account.find(DOMAIN, "domainName", name))
        throw new AwsError("ResourceNotFoundException", `Domain not found: ${name}`, 409);
    },
  },
  [GROUP]: {
    id: (_inputs, seed) => characters(seed, LOWER, 20),
    unique: "name",
    conflict: (inputs) => conflict("Collection group", text(inputs, "name")),
  },
  "aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy": {
    id: (inputs) => text(inputs, "name"),
    conflict: (inputs) => conflict("Policy", `${text(inputs, "name")} and type ${text(inputs, "type")}`),
    outputs: policyVersion,
    volatile: ["policyVersion"],
  },
  [SECURITY_POLICY]: {
    // A name is unique per type only; the id must be so for both.
    id: (inputs) => `${text(inputs, "name")}/${text(inputs, "type")}`,
    conflict: (inputs) => conflict("Policy", `${text(inputs, "name")} and type ${text(inputs, "type")}`),
    outputs: policyVersion,
    volatile: ["policyVersion"],
  },
};
