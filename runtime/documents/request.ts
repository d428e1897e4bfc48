import { z } from "zod";

import type { PutDocumentRequest } from "../contract/api.ts";

/** 1 MB of text; Bedrock would take 50 MB files, API Gateway takes 10 MB bodies. */
export const MAX_CONTENT_BYTES = 1_000_000;
/** Room for the content's escapes in JSON. */
export const MAX_BODY_BYTES = 2 * MAX_CONTENT_BYTES + 10_000;
const MAX_NAME = 200;

// A file name of letters, digits and a few signs, in any script: no path parts, no control characters, no leading dot.
const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._()-]*\.(?:md|txt)$/u;
// Tabs and line breaks are text; other control characters mean that it is some other kind of file.
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const BINARY = /[\u0000-\u0008\u000E-\u001A\u001C-\u001F]/;

export const documentRequest: z.ZodType<PutDocumentRequest> = z.strictObject({
  name: z
    .string("has to be text")
    .normalize("NFC")
    .max(MAX_NAME, `may have at most ${MAX_NAME} characters`)
    .regex(NAME, "has to be a file name ending in .md or .txt, of letters, digits, spaces and . _ ( ) -"),
  content: z
    .string("has to be text")
    .refine((text) => text.trim() !== "", "must not be empty")
    .refine(
      (text) => Buffer.byteLength(text) <= MAX_CONTENT_BYTES,
      `may have at most ${MAX_CONTENT_BYTES} bytes in UTF-8`,
    )
    .refine((text) => text.isWellFormed() && !BINARY.test(text), "is not plain text in UTF-8"),
  groups: z
    .array(z.string("has to be a list of group names"))
    .min(1, "must not be empty; leave it out so that all groups see the document")
    .max(50, "may name at most 50 groups")
    .transform((groups) => [...new Set(groups)])
    .exactOptional(),
});
