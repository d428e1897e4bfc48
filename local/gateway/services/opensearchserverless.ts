/** OpenSearch Serverless, control plane (JSON 1.0): the one operation that the runtime uses. */
import type { ResourceRecord } from "../../account/account.ts";
import { AwsError, PATHS, type Call, type Gateway, type Reply, type Service } from "../contract.ts";
import { COLLECTION, nameOf } from "./aoss-access.ts";
import { parseJson } from "../json.ts";

const TARGET = "OpenSearchServerless.";
const MAX_NAMES = 100;

/** It signs as `aoss`, as the collections' endpoints do; those have paths of their own. */
export function createOpenSearchServerlessService(gateway: Gateway): Service {
  return {
    serves: (call) => call.service === "aoss" && !call.rawPath.startsWith(PATHS.collection("")),
    handle: (call) => Promise.resolve(handle(gateway, call)),
  };
}

function handle(gateway: Gateway, call: Call): Reply {
  const target = call.headers["x-amz-target"] ?? "";
  const operation = target.startsWith(TARGET) ? target.slice(TARGET.length) : "";
  if (operation !== "BatchGetCollection")
    throw new AwsError(
      "UnknownOperationException",
      `The embedded account does not serve '${target || call.rawPath}' of OpenSearch Serverless; it serves BatchGetCollection.`,
      404,
    );
  const { ids = [], names = [] } = readRequest(call.body);
  if ((ids.length === 0) === (names.length === 0) || ids.length + names.length > MAX_NAMES)
    throw new AwsError(
      "ValidationException",
      `Give 1 to ${MAX_NAMES} ids or names of collections, not both.`,
    );
  const collectionDetails: object[] = [];
  const collectionErrorDetails: object[] = [];
  for (const [key, value] of [
    ...ids.map((id) => ["id", id] as const),
    ...names.map((name) => ["name", name] as const),
  ]) {
    const found =
      key === "id"
        ? gateway.account.resource(COLLECTION, value)
        : gateway.account.find(COLLECTION, "name", value);
    authorize(gateway, call, found, key === "name" ? value : undefined);
    if (found) collectionDetails.push(detail(found));
    else
      collectionErrorDetails.push({
        [key]: value,
        errorCode: "NOT_FOUND",
        errorMessage: `Collection with ${key} ${value} not found`,
      });
  }
  return {
    status: 200,
    headers: { "content-type": "application/x-amz-json-1.0", "x-amzn-requestid": call.id },
    body: JSON.stringify({ collectionDetails, collectionErrorDetails }),
  };
}

/** A collection that is not there is decided on as any collection, so that a refusal tells nothing about its existence. */
function authorize(
  gateway: Gateway,
  call: Call,
  found: ResourceRecord | undefined,
  name: string | undefined,
): void {
  try {
    gateway.authorize(call, {
      action: "aoss:BatchGetCollection",
      // The operation knows no resource types, only the condition key.
      resource: "*",
      context: found
        ? { "aoss:collection": nameOf(found) }
        : name === undefined
          ? {}
          : { "aoss:collection": name },
    });
  } catch (error) {
    if (error instanceof AwsError && error.code === "AccessDenied")
      throw new AwsError("AccessDeniedException", error.message, 403);
    throw error;
  }
}

function detail(collection: ResourceRecord): object {
  const { outputs } = collection;
  return {
    id: collection.id,
    name: nameOf(collection),
    status: "ACTIVE",
    type: outputs["type"],
    arn: outputs["arn"],
    kmsKeyArn: outputs["kmsKeyArn"],
    standbyReplicas: outputs["standbyReplicas"],
    collectionEndpoint: outputs["collectionEndpoint"],
    dashboardEndpoint: outputs["dashboardEndpoint"],
  };
}

function readRequest(body: Buffer): { ids?: string[]; names?: string[] } {
  let request: unknown;
  try {
    request = parseJson(body.toString("utf8"));
  } catch {
    throw new AwsError("SerializationException", "The request's body is not JSON.");
  }
  if (typeof request !== "object" || request === null)
    throw new AwsError("SerializationException", "The request's body is not a JSON object.");
  const { ids, names } = request as { ids?: unknown; names?: unknown };
  for (const list of [ids, names])
    if (list !== undefined && !(Array.isArray(list) && list.every((item) => typeof item === "string")))
      throw new AwsError("ValidationException", "ids and names are lists of text.");
  return request;
}
