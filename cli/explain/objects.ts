/** Buckets, their objects, and the keys that S3 uses for the caller: a decision of its own. */
import type { Gateway } from "../../local/gateway/contract.ts";
import { useKey } from "../../local/gateway/services/kms.ts";
import { Bucket } from "../../local/gateway/services/s3-bucket.ts";
import type { S3Request } from "../../local/gateway/services/s3-request.ts";
import { ObjectStore } from "../../local/gateway/services/s3-store.ts";
import { callOf, need, type Question } from "./question.ts";

const BUCKET = "aws:s3/bucket:Bucket";
const KEY = "aws:kms/key:Key";

export function askObject(question: Question, path: string): void {
  const { gateway, action } = question;
  const slash = path.indexOf("/");
  const name = slash < 0 ? path : path.slice(0, slash);
  const key = slash < 0 ? undefined : path.slice(slash + 1);
  const { account } = gateway;
  need(account.find(BUCKET, "bucket", name), `bucket ${name}`, account, BUCKET, "bucket");
  const bucket = Bucket.open(gateway, name);
  const call = callOf(question, "s3");
  const request: S3Request = { bucket: name, key, query: new Map(), headers: {}, presigned: false };
  bucket.authorize(call, request, action, key);
  if (key === undefined) return;
  if (/^s3:PutObject$/i.test(action)) bucket.encryptionFor(call, request, key);
  if (!/^s3:GetObject(?:Version)?$/i.test(action)) return;
  // An object that is not there would be encrypted as the bucket is configured.
  const stored = new ObjectStore(account).find(name, key)?.encryption;
  bucket.decrypt(call, key, stored ?? Bucket.open(silent(gateway), name).encryptionFor(call, request, key));
}

/** A key as S3 uses it, if the context names a service (`kms:ViaService`); else as the caller would directly. */
export function askKey({ gateway, who, action, context }: Question, name: string): void {
  const { account } = gateway;
  const known = account.find(KEY, "keyId", name) ?? account.find("aws:kms/alias:Alias", "name", name);
  need(known, `key ${name}`, account, KEY, "arn");
  const via = Object.keys(context).some((key) => key.toLowerCase() === "kms:viaservice");
  const direct: Gateway = {
    ...gateway,
    authorize: (asking, access) => {
      const ambient = Object.entries(access.context ?? {});
      const own = ambient.filter(([key]) => key !== "kms:ViaService" && key !== "aws:ViaAWSService");
      return gateway.authorize(asking, { ...access, context: Object.fromEntries(via ? ambient : own) });
    },
  };
  useKey(direct, who, { action: action as "kms:Decrypt", key: name, via: "s3", encryptionContext: {} });
}

/** For what is looked up, not asked. */
function silent(gateway: Gateway): Gateway {
  return { ...gateway, authorize: () => ({ allowed: true, reason: "allowed", detail: "" }) };
}
