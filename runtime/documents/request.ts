import { z } from "zod";

import type { PutDocumentRequest } from "../contract/api.ts";
import { DOCUMENT_NAME, isPlainText, MAX_CONTENT_BYTES } from "../shared/document-rules.ts";

/** Room for the content's escapes in JSON. */
export const MAX_BODY_BYTES = 2 * MAX_CONTENT_BYTES + 10_000;
const MAX_NAME = 200;

export const documentRequest: z.ZodType<PutDocumentRequest> = z.strictObject({
  name: z
    .string("has to be text")
    .normalize("NFC")
    .max(MAX_NAME, `may have at most ${MAX_NAME} characters`)
    .regex(
      DOCUMENT_NAME,
      "has to be a file name ending in .md or .txt, of letters, digits, spaces and . _ ( ) -",
    ),
  content: z
    .string("has to be text")
    .refine((text) => text.trim() !== "", "must not be empty")
    .refine(
      (text) => Buffer.byteLength(text) <= MAX_CONTENT_BYTES,
      `may have at most ${MAX_CONTENT_BYTES} bytes in UTF-8`,
    )
    .refine(isPlainText, "is not plain text in UTF-8")
    // API Gateway has put it where bytes were none of UTF-8: stored, the document would have lost them for good.
    .refine(
      (text) => !text.includes("\ufffd"),
      "holds the character U+FFFD, which stands for bytes that were not UTF-8; save the document as UTF-8 and send it again",
    ),
  groups: z
    .array(z.string("has to be a list of group names"))
    .min(1, "must not be empty; leave it out so that all groups see the document")
    .max(50, "may name at most 50 groups")
    .transform((groups) => [...new Set(groups)])
    .exactOptional(),
});
