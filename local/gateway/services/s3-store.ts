/** Versioned objects on disk: bytes in files that are complete before anyone can name them, everything else in the account. */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { Account, Table } from "../../account/account.ts";

/** One version of an object, or a marker that it was deleted. */
export interface ObjectVersion {
  /** `null` where the bucket keeps no versions. */
  readonly versionId: string;
  /** ISO 8601 */
  readonly lastModified: string;
  readonly deleteMarker: boolean;
  /** Below the bucket's folder. Empty for a delete marker. */
  readonly file: string;
  readonly size: number;
  /** With its quotes. */
  readonly etag: string;
  /** Base64 of the big-endian sum. */
  readonly crc32: string;
  /** To be sent with the object: `content-type`, `x-amz-meta-…`, … */
  readonly headers: Readonly<Record<string, string>>;
  readonly encryption: ObjectEncryption;
  /** See {@link ObjectStore.sequencer}. */
  readonly sequencer: string;
}

/** `bucketKey`: whether the data key was made for the bucket (one for many objects) or for this object. */
export type ObjectEncryption =
  | { readonly algorithm: "AES256" }
  | { readonly algorithm: "aws:kms"; readonly keyArn: string; readonly bucketKey: boolean };

export interface NewObject {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly encryption: ObjectEncryption;
}

export interface ListedObject {
  readonly key: string;
  /** Newest first; at least one. */
  readonly versions: readonly ObjectVersion[];
}

export class ObjectStore {
  readonly #folder: string;
  /** By `<bucket>/<key>`: versions, newest first. */
  readonly #objects: Table<readonly ObjectVersion[]>;
  readonly #sequence: Table<number>;

  constructor(account: Account) {
    this.#folder = join(account.folder, "objects");
    this.#objects = account.table("s3");
    this.#sequence = account.table("s3-sequence");
  }

  /** The version of this id, or the newest; a delete marker too. */
  find(bucket: string, key: string, versionId?: string): ObjectVersion | undefined {
    const versions = this.#versions(bucket, key);
    return versionId === undefined ? versions[0] : versions.find((each) => each.versionId === versionId);
  }

  /** The number of a change, in hexadecimal digits: each is greater than all before it, also in earlier processes. */
  sequencer(): string {
    const last = Math.max((this.#sequence.get("last") ?? 0) + 1, Date.now() * 1000);
    this.#sequence.put("last", last);
    return last.toString(16).toUpperCase().padStart(16, "0");
  }

  read(bucket: string, version: ObjectVersion): Promise<Buffer> {
    return readFile(join(this.#folder, bucket, version.file));
  }

  /** The object is on disk, whole, before it gets its name. */
  async put(bucket: string, key: string, object: NewObject, versioned: boolean): Promise<ObjectVersion> {
    const folder = join(this.#folder, bucket);
    await mkdir(folder, { recursive: true });
    const file = randomUUID();
    const temporary = join(folder, `${file}.part`);
    const handle = await open(temporary, "w", 0o600);
    try {
      await handle.writeFile(object.body);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, join(folder, file));
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(object.body));
    const version: ObjectVersion = {
      versionId: versioned ? newVersionId() : "null",
      lastModified: new Date().toISOString(),
      deleteMarker: false,
      file,
      size: object.body.length,
      etag: `"${createHash("md5").update(object.body).digest("hex")}"`,
      crc32: sum.toString("base64"),
      headers: object.headers,
      encryption: object.encryption,
      sequencer: this.sequencer(),
    };
    await this.#add(bucket, key, version);
    return version;
  }

  /** Without a version id: hides the object behind a delete marker, or removes it where no versions are kept. */
  async delete(bucket: string, key: string, versioned: boolean): Promise<ObjectVersion | undefined> {
    if (!versioned) {
      await this.deleteVersion(bucket, key, "null");
      return undefined;
    }
    const marker: ObjectVersion = {
      versionId: newVersionId(),
      lastModified: new Date().toISOString(),
      deleteMarker: true,
      file: "",
      size: 0,
      etag: "",
      crc32: "",
      headers: {},
      encryption: { algorithm: "AES256" },
      sequencer: this.sequencer(),
    };
    await this.#add(bucket, key, marker);
    return marker;
  }

  async deleteVersion(bucket: string, key: string, versionId: string): Promise<ObjectVersion | undefined> {
    const versions = this.#versions(bucket, key);
    const gone = versions.find((each) => each.versionId === versionId);
    if (gone === undefined) return undefined;
    const left = versions.filter((each) => each !== gone);
    if (left.length === 0) this.#objects.delete(`${bucket}/${key}`);
    else this.#objects.put(`${bucket}/${key}`, left);
    await this.#removeFile(bucket, gone);
    return gone;
  }

  /** All objects of a bucket whose key starts with `prefix`, in the order of their keys' UTF-8 bytes. */
  *list(bucket: string, prefix = ""): Generator<ListedObject> {
    for (const [name, versions] of this.#objects.entries(`${bucket}/${prefix}`)) {
      yield { key: name.slice(bucket.length + 1), versions };
    }
  }

  /** Removes all objects and versions of a bucket, as deleting it by force does. */
  async empty(bucket: string): Promise<void> {
    for (const { key } of [...this.list(bucket)]) this.#objects.delete(`${bucket}/${key}`);
    await rm(join(this.#folder, bucket), { recursive: true, force: true });
  }

  #versions(bucket: string, key: string): readonly ObjectVersion[] {
    return this.#objects.get(`${bucket}/${key}`) ?? [];
  }

  async #add(bucket: string, key: string, version: ObjectVersion): Promise<void> {
    const before = this.#versions(bucket, key);
    // A version without an id of its own takes the place of the one before.
    const replaced = before.filter((each) => each.versionId === version.versionId);
    this.#objects.put(`${bucket}/${key}`, [version, ...before.filter((each) => !replaced.includes(each))]);
    for (const each of replaced) await this.#removeFile(bucket, each);
  }

  async #removeFile(bucket: string, version: ObjectVersion): Promise<void> {
    if (version.file !== "") await rm(join(this.#folder, bucket, version.file), { force: true });
  }
}

function newVersionId(): string {
  return randomUUID().replaceAll("-", "");
}
