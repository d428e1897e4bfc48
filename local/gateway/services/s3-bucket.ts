/** A bucket as it was deployed, and decisions on it. */
import type { Context, Decision, NamedPolicy } from "../../../policies/isolation/types.ts";
import type { Account, ResourceRecord } from "../../account/account.ts";
import type { Records } from "../../account/propagation.ts";
import { LOCAL_ACCOUNT, LOCAL_PARTITION } from "../../account/identity.ts";
import { AwsError, type Call, type Gateway } from "../contract.ts";
import { deployedPolicy } from "../principals.ts";
import type { S3Request } from "./s3-request.ts";
import { useKey } from "./kms.ts";
import type { ObjectEncryption } from "./s3-store.ts";

const BUCKET = "aws:s3/bucket:Bucket";

export class Bucket {
  readonly name: string;
  readonly arn: string;
  readonly versioned: boolean;
  readonly #gateway: Gateway;
  readonly #record: ResourceRecord;

  private constructor(gateway: Gateway, name: string, record: ResourceRecord) {
    this.name = name;
    this.arn = `arn:${LOCAL_PARTITION}:s3:::${name}`;
    this.#gateway = gateway;
    this.#record = record;
    const own = record.outputs["versioning"] as { enabled?: unknown } | undefined;
    const configured = this.#part("aws:s3/bucketVersioning:BucketVersioning")?.outputs[
      "versioningConfiguration"
    ];
    this.versioned =
      own?.enabled === true || (configured as { status?: unknown } | undefined)?.status === "Enabled";
  }

  static exists(account: Account, name: string): boolean {
    return findBucket(account, name) !== undefined;
  }

  /** @throws AwsError NoSuchBucket */
  static open(gateway: Gateway, name: string): Bucket {
    const record = findBucket(gateway.account, name);
    if (record === undefined) throw new AwsError("NoSuchBucket", "The specified bucket does not exist", 404);
    return new Bucket(gateway, name, record);
  }

  /** @throws AwsError AccessDenied */
  authorize(call: Call, request: S3Request, action: string, key?: string, context: Context = {}): void {
    if (call.principal.kind === "anonymous" && this.#restrictsPublic()) {
      throw new AwsError("AccessDenied", "Access Denied: the bucket blocks public access.", 403);
    }
    this.#gateway.authorize(call, this.#access(call, request, action, key, context));
  }

  decide(call: Call, request: S3Request, action: string, key?: string): Decision {
    return this.#gateway.decide(call, this.#access(call, request, action, key, {}));
  }

  /**
   * How an object that is put now gets encrypted: as its headers ask, else as the bucket is configured. The caller must be
   * allowed to have the data key made.
   */
  encryptionFor(call: Call, request: S3Request, key: string): ObjectEncryption {
    const rule = this.#encryptionRule();
    const asked = request.headers["x-amz-server-side-encryption"];
    const algorithm = asked ?? rule.algorithm;
    const keyId = request.headers["x-amz-server-side-encryption-aws-kms-key-id"];
    if (algorithm === "AES256") {
      if (keyId !== undefined) throw new AwsError("InvalidArgument", "AES256 takes no KMS key.", 400);
      return { algorithm: "AES256" };
    }
    if (algorithm !== "aws:kms") {
      throw new AwsError(
        "NotImplemented",
        `The embedded account's S3 does not encrypt by '${algorithm}'.`,
        501,
      );
    }
    const name = keyId ?? rule.key;
    if (name === undefined) {
      throw new AwsError(
        "NotImplemented",
        "The embedded account has no AWS managed key aws/s3: name a key.",
        501,
      );
    }
    const flag = request.headers["x-amz-server-side-encryption-bucket-key-enabled"];
    const bucketKey = flag === undefined ? rule.bucketKey : flag === "true";
    const keyArn = this.#useKey(call, "kms:GenerateDataKey", name, key, bucketKey);
    return { algorithm: "aws:kms", keyArn, bucketKey };
  }

  /** The caller must be allowed to have the object's data key decrypted. @throws AwsError */
  decrypt(call: Call, key: string, encryption: ObjectEncryption): void {
    if (encryption.algorithm === "AES256") return;
    this.#useKey(call, "kms:Decrypt", encryption.keyArn, key, encryption.bucketKey);
  }

  #useKey(
    call: Call,
    action: "kms:Decrypt" | "kms:GenerateDataKey",
    kmsKey: string,
    key: string,
    bucketKey: boolean,
  ): string {
    return useKey(this.#gateway, call, {
      action,
      key: kmsKey,
      via: "s3",
      encryptionContext: { "aws:s3:arn": bucketKey ? this.arn : `${this.arn}/${key}` },
    });
  }

  #access(call: Call, request: S3Request, action: string, key: string | undefined, context: Context) {
    return {
      action,
      resource: key === undefined ? this.arn : `${this.arn}/${key}`,
      resourcePolicies: this.#policies(),
      context: { ...contextOf(call, request), ...context },
    };
  }

  #policies(): NamedPolicy[] {
    const own = this.#part("aws:s3/bucketPolicy:BucketPolicy", this.#gateway.account.inForce);
    return [this.#record, ...(own ? [own] : [])]
      .map((record) => ({ record, text: record.outputs["policy"] }))
      .filter(({ text }) => text !== undefined && text !== null && text !== "")
      .map(({ record, text }) =>
        deployedPolicy(this.#gateway.account, record, `bucket policy of ${this.name}`, text),
      );
  }

  /** New buckets block public access unless they are told not to (since April 2023). */
  #restrictsPublic(): boolean {
    const block = this.#part("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock");
    return block === undefined || block.outputs["restrictPublicBuckets"] === true;
  }

  #encryptionRule(): { algorithm: string; key: string | undefined; bucketKey: boolean } {
    const type = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";
    const inline = this.#record.outputs["serverSideEncryptionConfiguration"] as
      { rule?: EncryptionRule } | undefined;
    const rule = (this.#part(type)?.outputs["rules"] as EncryptionRule[] | undefined)?.[0] ?? inline?.rule;
    const byDefault = rule?.applyServerSideEncryptionByDefault;
    return {
      algorithm: byDefault?.sseAlgorithm ?? "AES256",
      key: byDefault?.kmsMasterKeyId,
      bucketKey: rule?.bucketKeyEnabled === true,
    };
  }

  /** The resource of a type that configures this bucket. */
  #part(type: string, records: Records = this.#gateway.account): ResourceRecord | undefined {
    return records
      .resources(type)
      .find((each) => [this.name, this.arn].includes(String(each.outputs["bucket"])));
  }
}

interface EncryptionRule {
  readonly applyServerSideEncryptionByDefault?: {
    readonly sseAlgorithm?: string;
    readonly kmsMasterKeyId?: string;
  };
  readonly bucketKeyEnabled?: boolean;
}

function findBucket(account: Account, name: string): ResourceRecord | undefined {
  const byId = account.resource(BUCKET, name);
  return byId?.outputs["bucket"] === name ? byId : account.find(BUCKET, "bucket", name);
}

/** Source: service authorization reference, "Actions, resources, and condition keys for Amazon S3". */
function contextOf(call: Call, request: S3Request): Context {
  const { headers } = request;
  const algorithm = headers["x-amz-server-side-encryption"];
  const keyId = headers["x-amz-server-side-encryption-aws-kms-key-id"];
  const hash = headers["x-amz-content-sha256"];
  return {
    "s3:ResourceAccount": LOCAL_ACCOUNT,
    ...(call.session && {
      "s3:authType": request.presigned ? "REST-QUERY-STRING" : "REST-HEADER",
      "s3:signatureversion": "AWS4-HMAC-SHA256",
    }),
    ...(hash !== undefined && { "s3:x-amz-content-sha256": hash }),
    ...(algorithm !== undefined && { "s3:x-amz-server-side-encryption": algorithm }),
    ...(keyId !== undefined && { "s3:x-amz-server-side-encryption-aws-kms-key-id": keyId }),
  };
}
