import { AwsError } from "../../gateway/contract.ts";
import type { ResourceRecord } from "../../account/account.ts";
import { runningJob } from "../../gateway/services/bedrock-jobs.ts";
import { DocumentLedger } from "../../gateway/services/bedrock-ledger.ts";
import { knowledgeBaseArn, readKnowledgeBase } from "../../gateway/services/bedrock-records.ts";
import { knowledgeBaseSession, VectorStore } from "../../gateway/services/bedrock-store.ts";
import type { Behaviours, Draft } from "../behaviour.ts";
import { UPPER, characters } from "../ids.ts";
import type { Operator } from "../operator.ts";
import { mayAssume } from "../service-roles.ts";
import { object, text } from "../values.ts";

const KNOWLEDGE_BASE = "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase";
const COLLECTION = "aws:opensearch/serverlessCollection:ServerlessCollection";

const invalid = (message: string) => new AwsError("ValidationException", message);

/** Bedrock looks at the role and at the vector store when a knowledge base is made. */
function verifyKnowledgeBase({ account, gateway, id, inputs, place }: Draft): void {
  const role = text(inputs, "roleArn");
  const context = { "aws:SourceAccount": place.account, "aws:SourceArn": knowledgeBaseArn(id) };
  if (!mayAssume(gateway, role, "bedrock.amazonaws.com", context))
    throw invalid(
      `Bedrock Knowledge Base was unable to assume the given role. Provide the proper permissions and retry the request. (${role})`,
    );
  const store = object(object(inputs, "storageConfiguration"), "opensearchServerlessConfiguration");
  const collectionArn = text(store, "collectionArn");
  if (collectionArn === "") return;
  const collection = account.find(COLLECTION, "arn", collectionArn);
  if (!collection) throw invalid(`The storage configuration is invalid: no collection ${collectionArn}.`);
  const index = text(store, "vectorIndexName");
  if (account.table("aoss-indices").get(`${collection.id}/${index}`) === undefined)
    throw invalid(
      `The knowledge base storage configuration provided is invalid... no such index [${index}] in ${collectionArn}. Create the vector index first.`,
    );
}

/** What the role may not do shows at once, as with AWS: the model is asked, and the index's mapping read. */
async function useOnce({ gateway, id, inputs, urn }: Draft): Promise<undefined> {
  const store = object(inputs, "storageConfiguration");
  if (text(store, "type") !== "OPENSEARCH_SERVERLESS") return;
  const knowledgeBase = readKnowledgeBase({
    type: KNOWLEDGE_BASE,
    id,
    urn,
    inputs,
    outputs: { ...inputs, id },
  });
  const vectors = new VectorStore(gateway, knowledgeBaseSession(gateway, knowledgeBase), knowledgeBase);
  const refused = (what: string) => (error: unknown) => {
    throw invalid(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  };
  await vectors
    .embed("test")
    .catch(
      refused(`Knowledge base role ${knowledgeBase.roleArn} is not able to call specified embedding model`),
    );
  const fields = await vectors
    .properties()
    .catch(refused("The knowledge base storage configuration provided is invalid... Request failed"));
  if (fields[knowledgeBase.fields.vector] === undefined)
    throw invalid(
      `The knowledge base storage configuration provided is invalid... Query vector field ${knowledgeBase.fields.vector} is not in the index`,
    );
}

function verifyDataSource({ account, inputs }: Draft): void {
  const knowledgeBase = text(inputs, "knowledgeBaseId");
  if (!account.resource(KNOWLEDGE_BASE, knowledgeBase))
    throw new AwsError("ResourceNotFoundException", `Knowledge base with id ${knowledgeBase} not found`, 404);
  const bucketArn = text(object(object(inputs, "dataSourceConfiguration"), "s3Configuration"), "bucketArn");
  if (bucketArn !== "" && !account.find("aws:s3/bucket:Bucket", "arn", bucketArn))
    throw invalid(`The bucket ${bucketArn} does not exist.`);
}

/**
 * With the deletion policy `DELETE`, Bedrock takes the data source's chunks out of the store, with the knowledge base's role:
 * that role, its rights, the store and the key must then still be there.
 */
async function removeDataSource(record: ResourceRecord, { gateway }: Operator): Promise<void> {
  const { account } = gateway;
  const [source = "", knowledgeBaseId = ""] = record.id.split(",");
  if (runningJob(account, knowledgeBaseId, source))
    throw new AwsError("ConflictException", `An ingestion job of data source ${source} is running.`, 409);
  const ledger = new DocumentLedger(account, knowledgeBaseId, source);
  const documents = ledger.entries();
  const owner = account.resource(KNOWLEDGE_BASE, knowledgeBaseId);
  if (owner && record.inputs["dataDeletionPolicy"] !== "RETAIN" && documents.length > 0)
    try {
      const knowledgeBase = readKnowledgeBase(owner);
      const store = new VectorStore(gateway, knowledgeBaseSession(gateway, knowledgeBase), knowledgeBase);
      for (const [, { chunks }] of documents) await store.remove(chunks);
    } catch (error) {
      throw invalid(
        `Unable to delete data from vector store for data source with ID ${source}. Check your vector store configurations and permissions and retry your request. If the issue persists, consider updating the dataDeletionPolicy of the data source to RETAIN and retry your request. (${error instanceof Error ? error.message : String(error)})`,
      );
    }
  for (const [uri] of documents) ledger.delete(uri);
}

export const bedrock: Behaviours = {
  [KNOWLEDGE_BASE]: {
    id: (_inputs, seed) => characters(seed, UPPER, 10),
    unique: "name",
    conflict: (inputs) =>
      new AwsError(
        "ConflictException",
        `KnowledgeBase with name ${text(inputs, "name")} already exists.`,
        409,
      ),
    verify: verifyKnowledgeBase,
    apply: useOnce,
    outputs: () => ({ failureReasons: [] }),
    volatile: ["updatedAt"],
  },
  "aws:bedrock/agentDataSource:AgentDataSource": {
    defaults: { dataDeletionPolicy: "DELETE" },
    id: (inputs, seed) => `${characters(seed, UPPER, 10)},${text(inputs, "knowledgeBaseId")}`,
    conflict: (inputs) =>
      new AwsError("ConflictException", `DataSource with name ${text(inputs, "name")} already exists.`, 409),
    verify: (draft) => {
      verifyDataSource(draft);
      const twin = draft.account
        .resources("aws:bedrock/agentDataSource:AgentDataSource")
        .find((other) =>
          ["name", "knowledgeBaseId"].every((name) => other.inputs[name] === draft.inputs[name]),
        );
      if (twin && twin.id !== draft.id)
        throw new AwsError(
          "ConflictException",
          `DataSource with name ${text(draft.inputs, "name")} already exists.`,
          409,
        );
    },
    outputs: ({ id }) => ({ dataSourceId: id.split(",")[0] }),
    remove: removeDataSource,
  },
};
