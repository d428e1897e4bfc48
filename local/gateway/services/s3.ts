/** Amazon S3, as far as it is used: objects and their versions, lists, path style. Source: Amazon S3 API reference, 2006-03-01. */
import { type Call, type Gateway, type Reply, type Service } from "../contract.ts";
import { Bucket } from "./s3-bucket.ts";
import { refuseDecidedOnly } from "./s3-decided-only.ts";
import { listObjects, listVersions } from "./s3-lists.ts";
import { deleteObject, getObject, putObject, type S3Operation } from "./s3-objects.ts";
import { allowParameters, notServed, readS3Request, type S3Request } from "./s3-request.ts";
import { Notifications } from "./s3-notifications.ts";
import { ObjectStore } from "./s3-store.ts";

export function createS3Service(gateway: Gateway): Service {
  const parts = { store: new ObjectStore(gateway.account), notifications: new Notifications(gateway) };
  return {
    serves: (call) => call.service === "s3",
    // On AWS whoever does not sign is anonymous, and the bucket's policy decides. Anything else without a signature is no S3 request.
    unsigned: ({ rawPath }) => Bucket.exists(gateway.account, rawPath.split("/")[1] ?? ""),
    handle: (call) => handle(gateway, parts, call),
    close: () => {
      parts.notifications.close();
      return Promise.resolve();
    },
  };
}

async function handle(
  gateway: Gateway,
  parts: Pick<S3Operation, "store" | "notifications">,
  call: Call,
): Promise<Reply> {
  const request = readS3Request(call);
  if (request.bucket === "") throw notServed("a list of buckets");
  const bucket = Bucket.open(gateway, request.bucket);
  refuseDecidedOnly(gateway, call, request, bucket);
  const operation = { call, request, bucket, ...parts };
  const { key } = request;
  const reply = await (key === undefined ? onBucket(operation) : onObject({ ...operation, key }));
  return { ...reply, headers: { "x-amz-request-id": call.id, ...reply.headers } };
}

function onBucket(operation: Omit<S3Operation, "key">): Reply {
  const { call, request, bucket } = operation;
  if (call.method === "HEAD") {
    allowParameters(request);
    bucket.authorize(call, request, "s3:ListBucket");
    return { status: 200, headers: { "x-amz-bucket-region": "us-east-1" } };
  }
  if (call.method === "GET" && request.query.has("versions")) return listVersions(operation);
  if (call.method === "GET" && request.query.get("list-type") === "2") return listObjects(operation);
  throw notServed(`${call.method} on a bucket${named(request)}`);
}

async function onObject(operation: S3Operation): Promise<Reply> {
  const { call, request } = operation;
  switch (call.method) {
    case "GET":
    case "HEAD":
      return await getObject(operation);
    case "PUT":
      return await putObject(operation);
    case "DELETE":
      return await deleteObject(operation);
    default:
      throw notServed(`${call.method} on an object${named(request)}`);
  }
}

function named(request: S3Request): string {
  const names = [...request.query.keys()].filter((name) => name !== "x-id");
  return names.length === 0 ? "" : ` with ${names.join(", ")}`;
}
