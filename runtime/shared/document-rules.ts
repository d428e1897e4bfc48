/** What a document may be, for whoever takes one in: the API and the pool's ingestion. */

/** 1 MB of text; Bedrock would take 50 MB files, API Gateway takes 10 MB bodies. */
export const MAX_CONTENT_BYTES = 1_000_000;

/** Beside each document, under its name and this: its metadata. */
export const SIDECAR_SUFFIX = ".metadata.json";

/** A file name of letters, digits and a few signs, in any script: no path parts, no control characters, no leading dot. */
export const DOCUMENT_NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._()-]*\.(?:md|txt)$/u;

// Tabs and line breaks are text; other control characters mean that it is some other kind of file.
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const BINARY = /[\u0000-\u0008\u000E-\u001A\u001C-\u001F]/;

/** Whether a text can be written in UTF-8 and holds no control characters but tabs, line breaks and escapes. */
export function isPlainText(text: string): boolean {
  return text.isWellFormed() && !BINARY.test(text);
}
