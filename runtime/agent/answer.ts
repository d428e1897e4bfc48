import { z } from "zod";

import type { ChatRequest, ChatResponse } from "../contract/api.ts";
import type { RegistryItem } from "../contract/registry.ts";
import type { SearchReference } from "../shared/reference.ts";
import type { TenantStore } from "../shared/store.ts";
import type { TenantContext } from "../shared/tenant-context.ts";
import type { Models } from "./models.ts";
import { prompt, readAnswer, sources } from "./prompt.ts";

export interface AnswerParts {
  readonly readRoute: (context: TenantContext) => Promise<RegistryItem>;
  readonly openStore: (item: RegistryItem) => TenantStore;
  readonly searchReference: SearchReference;
  readonly models: Models;
}

/** Bytes of a request with a question. */
export const MAX_QUESTION_BODY = 32_768;
/** Passages that the model is shown, from each corpus. */
const PASSAGES = 4;

// Line breaks and tabs are text; other control characters are not (they could forge structure in logs and prompts).
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u2028\u2029]/;

export const chatRequest: z.ZodType<ChatRequest> = z.strictObject({
  question: z
    .string("has to be text")
    .trim()
    .min(1, "must not be empty")
    .max(2000, "may have at most 2,000 characters")
    .refine((text) => !CONTROL.test(text) && text.isWellFormed(), "holds control or broken characters"),
});

/** An answer, and how many passages of each corpus the model was shown. */
export type Answered = Omit<ChatResponse, "requestId"> & {
  readonly corpora: { readonly tenant: number; readonly shared: number };
};

/** Asks both corpora and the model, as the tenant and within the user's groups. */
export async function answerQuestion(
  parts: AnswerParts,
  context: TenantContext,
  question: string,
  signal: AbortSignal,
): Promise<Answered> {
  const own = async () => {
    const [item, vector] = await Promise.all([
      parts.readRoute(context),
      parts.models.embed(context, question, signal),
    ]);
    const query = { text: question, vector, size: PASSAGES };
    return { found: await parts.openStore(item).search(context, query, signal), profile: item.chat_profile };
  };
  const [{ found: tenant, profile }, shared] = await Promise.all([
    own(),
    parts.searchReference(context, question, PASSAGES, signal),
  ]);
  const corpora = { tenant: tenant.length, shared: shared.length };
  const passages = sources(tenant, shared);
  const reply =
    passages.length === 0
      ? ""
      : await parts.models.converse(context, profile, prompt(question, passages), signal);
  return { ...readAnswer(reply, passages), corpora };
}
