/** Property values as they travel between the engine and a provider. */
export type Properties = Readonly<Record<string, unknown>>;

/** What stands for a value that is unknown at preview. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The engine has a mark per kind of value (pulumi/pulumi, sdk/go/common/resource/plugin/rpc.go). */
const UNKNOWNS = new Set([
  UNKNOWN,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // boolean
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // list
  "030794c1-ac77-496b-92df-f27374a8bd58", // asset
  "e48ece36-62e2-4504-bad9-02848725956a", // archive
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

/** The key that tells what a special object is, and its values (sdk/go/common/resource/sig). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
export const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";

export interface Asset {
  readonly hash: string;
  readonly text?: string;
  readonly path?: string;
  readonly uri?: string;
}

export interface Archive {
  readonly hash: string;
  readonly assets?: Readonly<Record<string, unknown>>;
  readonly path?: string;
  readonly uri?: string;
}

export function isUnknown(value: unknown): boolean {
  return typeof value === "string" && UNKNOWNS.has(value);
}

export function holdsUnknown(value: unknown): boolean {
  if (isUnknown(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsUnknown);
}

export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

export function isObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export const isAsset = (value: unknown): value is Asset & Properties =>
  isObject(value) && value[SIGNATURE] === ASSET;

export const isArchive = (value: unknown): value is Archive & Properties =>
  isObject(value) && value[SIGNATURE] === ARCHIVE;

/** The value without secret marks, at any depth. */
export function reveal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reveal);
  if (!isObject(value)) return value;
  if (value[SIGNATURE] === SECRET) return reveal(value["value"]);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, reveal(item)]));
}

/** A text property; the empty string if it is absent. */
export function text(properties: Properties, key: string): string {
  const value = properties[key];
  return typeof value === "string" ? value : "";
}

/** An object property; an empty object if it is absent. */
export function object(properties: Properties, key: string): Properties {
  const value = properties[key];
  return isObject(value) ? value : {};
}

/** A list of objects; empty if the property is absent. */
export function objects(properties: Properties, key: string): Properties[] {
  const value = properties[key];
  return Array.isArray(value) ? value.filter(isObject) : [];
}
