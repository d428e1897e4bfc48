import { DOCUMENT_NAME, isPlainText, MAX_CONTENT_BYTES } from "../shared/document-rules.ts";

/** A document that can't be ingested as it is; trying again would not help. Its text is shown to users. */
export class DocumentFault extends Error {
  override readonly name = "DocumentFault";
}

/** Checks what is known before an object is read. @throws DocumentFault */
export function checkObject(name: string, bytes: number): void {
  if (!DOCUMENT_NAME.test(name)) throw new DocumentFault("it is not named like a document (.md or .txt)");
  if (bytes > MAX_CONTENT_BYTES) throw new DocumentFault(`it has more than ${MAX_CONTENT_BYTES} bytes`);
}

/** A document's text. @throws DocumentFault */
export function documentText(bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new DocumentFault("it is not text in UTF-8", { cause });
  }
  if (!isPlainText(text)) throw new DocumentFault("it is not plain text");
  if (text.trim() === "") throw new DocumentFault("it holds no text");
  return text;
}
