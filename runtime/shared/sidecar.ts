import { TENANT_TAG } from "../contract/names.ts";
import { GROUPS_FIELD } from "./store.ts";

/** A group that no user can be in: it starts with a character that group names don't. */
export const NOBODY = "--nobody";

/** Bedrock's limit for a metadata file. */
export const MAX_SIDECAR_BYTES = 10 * 1024;

/** While a document is being written: the groups that it will be limited to, and what tells this writing from any other. */
const NEXT_GROUPS = "next_groups";
const WRITING = "writing";

/** A document's metadata file is not what it has to be: nobody may see the document then. */
export class SidecarFault extends Error {
  override readonly name = "SidecarFault";
}

/** Who may see a document, and who may overwrite or delete it. */
export interface Limits {
  /** Undefined: all of the tenant's users. */
  readonly groups: readonly string[] | undefined;
  /** As `groups`, also while a document is being written and `groups` is nobody. */
  readonly owners: readonly string[] | undefined;
}

type Attribute = { readonly value: object; readonly includeForEmbedding: false };

const text = (stringValue: string): Attribute => ({
  value: { type: "STRING", stringValue },
  includeForEmbedding: false,
});
const list = (stringListValue: readonly string[]): Attribute => ({
  value: { type: "STRING_LIST", stringListValue },
  includeForEmbedding: false,
});

/** `<name>.metadata.json`: what Bedrock's ingestion puts beside each chunk of a document. At most 10 KB. */
export function sidecar(tenantId: string, groups: readonly string[] | undefined): string {
  return JSON.stringify({
    metadataAttributes: { [TENANT_TAG]: text(tenantId), ...(groups && { [GROUPS_FIELD]: list(groups) }) },
  });
}

/** The metadata of a document that is being written: nobody sees it; `writing` is unlike that of any other writing. */
export function closedSidecar(
  tenantId: string,
  next: readonly string[] | undefined,
  writing: string,
): string {
  return JSON.stringify({
    metadataAttributes: {
      [TENANT_TAG]: text(tenantId),
      [GROUPS_FIELD]: list([NOBODY]),
      ...(next && { [NEXT_GROUPS]: list(next) }),
      [WRITING]: text(writing),
    },
  });
}

/**
 * Reads a metadata file, as this system writes it or in Bedrock's plain form (`"groups": ["a"]`). Other attributes than tenant and groups
 * are passed over.
 * @throws SidecarFault if it can't be understood or is another tenant's
 */
export function readSidecar(bytes: Uint8Array, tenantId: string): Limits {
  const attributes = attributesOf(bytes);
  const tenant = textsOf(attributes, TENANT_TAG);
  if (tenant?.length !== 1 || tenant[0] !== tenantId)
    throw new SidecarFault(`its metadata file's ${TENANT_TAG} is not the tenant's`);
  const groups = textsOf(attributes, GROUPS_FIELD);
  const writing = textsOf(attributes, WRITING) !== undefined;
  return { groups, owners: writing ? textsOf(attributes, NEXT_GROUPS) : groups };
}

/** Whether a user in `own` groups is among these; undefined is everybody. */
export function includesUser(groups: readonly string[] | undefined, own: readonly string[]): boolean {
  return groups === undefined || groups.some((group) => group !== NOBODY && own.includes(group));
}

function attributesOf(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  if (bytes.byteLength > MAX_SIDECAR_BYTES)
    throw new SidecarFault(`its metadata file has more than ${MAX_SIDECAR_BYTES} bytes`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new SidecarFault("its metadata file is not JSON in UTF-8", { cause });
  }
  const attributes = isObject(parsed) ? parsed["metadataAttributes"] : undefined;
  if (!isObject(attributes)) throw new SidecarFault("its metadata file has no metadataAttributes");
  return attributes;
}

/** An attribute's text or texts; undefined if it isn't there. */
function textsOf(attributes: Readonly<Record<string, unknown>>, name: string): readonly string[] | undefined {
  if (!Object.hasOwn(attributes, name)) return undefined;
  const given = attributes[name];
  const typed = isObject(given) ? given["value"] : undefined;
  const value = isObject(typed)
    ? typed["type"] === "STRING_LIST"
      ? typed["stringListValue"]
      : typed["type"] === "STRING"
        ? typed["stringValue"]
        : undefined
    : given;
  const texts: unknown[] = Array.isArray(value) ? value : [value];
  if (texts.length === 0 || !texts.every((each) => typeof each === "string" && each !== ""))
    throw new SidecarFault(`its metadata file's ${name} is neither text nor a list of text`);
  return texts as string[];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
