/** What ingestion makes of an object: its text in chunks, and its metadata from the sidecar beside it. */
import { tokenCount } from "../model/words.ts";
import { isJson } from "./bedrock-json.ts";
import type { DataSource, KnowledgeBase } from "./bedrock-records.ts";
import { CHUNK_ID, DATA_SOURCE_ID, SOURCE_URI } from "./bedrock-store.ts";

/** A document that can't be ingested; the job goes on with the others. */
export class DocumentFault extends Error {
  override readonly name = "DocumentFault";
}

export const SIDECAR = ".metadata.json";
export const MAX_SIDECAR_BYTES = 10 * 1024;
/** Bedrock's quota for one file. */
export const MAX_DOCUMENT_BYTES = 50 * 1024 * 1024;
const EXTENSIONS = [".md", ".txt"];

/** @throws DocumentFault */
export function documentText(key: string, bytes: Uint8Array): string {
  if (!EXTENSIONS.some((extension) => key.toLowerCase().endsWith(extension)))
    throw new DocumentFault(`the embedded account reads ${EXTENSIONS.join(" and ")} files only`);
  if (bytes.byteLength > MAX_DOCUMENT_BYTES) throw new DocumentFault("the file is larger than 50 MB");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new DocumentFault("the file is not UTF-8 text");
  }
  if (text.trim() === "") throw new DocumentFault("the file holds no text");
  return text;
}

/** Splits text into chunks of about `maxTokens`, at sentences and lines, each repeating the end of the one before. */
export function chunks(text: string, chunking: DataSource["chunking"]): string[] {
  if (chunking === "NONE") return [text.trim()];
  const { maxTokens, overlapPercentage } = chunking;
  const units =
    text.match(/\S[\s\S]*?(?:[.!?]["')\]]?(?=\s)|\n|$)\s*/g)?.flatMap((unit) => fit(unit, maxTokens)) ?? [];
  const found: string[] = [];
  let current: string[] = [];
  let size = 0;
  let fresh = false;
  const flush = (): void => {
    if (fresh) found.push(current.join("").trim());
  };
  for (const unit of units) {
    const tokens = tokenCount(unit);
    if (size + tokens > maxTokens && fresh) {
      flush();
      fresh = false;
      const room = Math.min((maxTokens * overlapPercentage) / 100, maxTokens - tokens);
      const kept: string[] = [];
      size = 0;
      for (const earlier of current.toReversed()) {
        const more = tokenCount(earlier);
        if (size + more > room) break;
        kept.unshift(earlier);
        size += more;
      }
      current = kept;
    }
    current.push(unit);
    size += tokens;
    fresh = true;
  }
  flush();
  return found.filter((chunk) => chunk !== "");
}

/** A sentence that is longer than a chunk, in parts. */
function fit(unit: string, maxTokens: number): string[] {
  if (tokenCount(unit) <= maxTokens) return [unit];
  const parts: string[] = [];
  let part = "";
  for (const [word] of unit.matchAll(/\S+\s*/g)) {
    if (part !== "" && tokenCount(part + word) > maxTokens) {
      parts.push(part);
      part = "";
    }
    part += word;
  }
  return [...parts, part];
}

export interface Metadata {
  readonly attributes: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  /** What is embedded with the text: attributes that ask for it. */
  readonly embedded: string;
}

export const NO_METADATA: Metadata = { attributes: {}, embedded: "" };

/**
 * Reads `{"metadataAttributes": {name: scalar | {value: {type, …Value}, includeForEmbedding}}}`. A plain list of text is
 * taken as a STRING_LIST.
 * @throws DocumentFault naming what is wrong: a document whose metadata is not understood must not be ingested without it.
 */
export function readSidecar(bytes: Uint8Array, { fields }: Pick<KnowledgeBase, "fields">): Metadata {
  if (bytes.byteLength > MAX_SIDECAR_BYTES)
    throw new DocumentFault(`its metadata file is larger than ${MAX_SIDECAR_BYTES} bytes`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new DocumentFault("its metadata file is not JSON");
  }
  const given = isJson(parsed) ? parsed["metadataAttributes"] : undefined;
  if (!isJson(given)) throw new DocumentFault("its metadata file has no metadataAttributes");
  const reserved = [...Object.values(fields), SOURCE_URI, DATA_SOURCE_ID, CHUNK_ID];
  const attributes: Record<string, string | number | boolean | readonly string[]> = {};
  const embedded: string[] = [];
  for (const [name, value] of Object.entries(given)) {
    if (name === "" || name.includes(".") || reserved.includes(name))
      throw new DocumentFault(`metadata attribute '${name}' has a reserved name`);
    const read = isJson(value) ? typedValue(name, value["value"]) : plainValue(name, value);
    attributes[name] = read;
    if (isJson(value) && value["includeForEmbedding"] === true) embedded.push(`${name}: ${String(read)}`);
  }
  return { attributes, embedded: embedded.join("\n") };
}

const TYPES: Readonly<Record<string, readonly [key: string, test: (value: unknown) => boolean]>> = {
  STRING: ["stringValue", (value) => typeof value === "string"],
  NUMBER: ["numberValue", (value) => typeof value === "number"],
  BOOLEAN: ["booleanValue", (value) => typeof value === "boolean"],
  STRING_LIST: ["stringListValue", isTexts],
};

function typedValue(name: string, value: unknown): string | number | boolean | readonly string[] {
  const type = isJson(value) ? value["type"] : undefined;
  const known = typeof type === "string" && Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  const content = known && isJson(value) ? value[known[0]] : undefined;
  if (!known?.[1](content)) throw new DocumentFault(`metadata attribute '${name}' has no valid typed value`);
  return content as string | number | boolean | readonly string[];
}

function plainValue(name: string, value: unknown): string | number | boolean | readonly string[] {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean" || isTexts(value))
    return value;
  throw new DocumentFault(`metadata attribute '${name}' must be a text, number, boolean or list of text`);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string");
}
