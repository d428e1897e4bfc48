/**
 * A language model of the user's own in place of the stand-in: any server with OpenAI's chat completions, as llama.cpp and Ollama have.
 * `BULKHEAD_MODEL_URL` is its address up to `/v1`, `BULKHEAD_MODEL` the model's name there, `BULKHEAD_MODEL_KEY` a key if it takes one.
 */
import { z } from "zod";
import { AwsError } from "../contract.ts";
import type { ChatInput, ChatOutput } from "./chat.ts";

export interface RemoteModel {
  /** `http://127.0.0.1:11434/v1` */
  readonly url: string;
  readonly model: string;
  readonly key: string | undefined;
}

/** Milliseconds for one reply. */
const REPLY_MS = 60_000;

/** The server that the environment names, if it names one. */
export function remoteModel(env: Readonly<Record<string, string | undefined>>): RemoteModel | undefined {
  const url = env["BULKHEAD_MODEL_URL"];
  if (!url) return undefined;
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ""))
    throw new Error(`BULKHEAD_MODEL_URL is "${url}", and has to be an address, as http://127.0.0.1:11434/v1`);
  return {
    url: url.replace(/\/+$/, ""),
    model: env["BULKHEAD_MODEL"] ?? "default",
    key: env["BULKHEAD_MODEL_KEY"],
  };
}

const Completion = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        finish_reason: z.string().nullish(),
        message: z.looseObject({
          content: z.string().nullish(),
          tool_calls: z
            .array(z.looseObject({ function: z.looseObject({ name: z.string(), arguments: z.string() }) }))
            .nullish(),
        }),
      }),
    )
    .min(1),
  usage: z.looseObject({ prompt_tokens: z.int(), completion_tokens: z.int() }).nullish(),
});

/** Converse, asked of such a server. Of several tools that it wants at once the first is used: it may ask again. */
export async function askRemote({ url, model, key }: RemoteModel, input: ChatInput): Promise<ChatOutput> {
  const { system, messages, tools = [], maxTokens, stopSequences } = input;
  const body = {
    model,
    temperature: 0,
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    ...(stopSequences === undefined ? {} : { stop: stopSequences }),
    messages: [
      ...(system === "" ? [] : [{ role: "system", content: system }]),
      ...messages.flatMap(toOpenAi),
    ],
    ...(tools.length === 0
      ? {}
      : {
          tools: tools.map(({ name, description, schema }) => ({
            type: "function",
            function: { name, description, parameters: schema },
          })),
        }),
  };
  let answer: unknown;
  try {
    const response = await fetch(`${url}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(key ? { authorization: `Bearer ${key}` } : {}) },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(REPLY_MS),
    });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    answer = await response.json();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new AwsError("ServiceUnavailableException", `The model at ${url} can't be asked: ${why}`, 503);
  }
  const parsed = Completion.safeParse(answer);
  const [choice] = parsed.data?.choices ?? [];
  if (!choice)
    throw new AwsError("ModelErrorException", `The model at ${url} answered in another form.`, 424);
  const call = choice.message.tool_calls?.[0]?.function;
  const [inputTokens, outputTokens] = [
    parsed.data?.usage?.prompt_tokens ?? 0,
    parsed.data?.usage?.completion_tokens ?? 0,
  ];
  const usage = { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
  const text = choice.message.content ?? "";
  if (call)
    return {
      text,
      toolUse: { name: call.name, input: argumentsOf(call.arguments) },
      stopReason: "tool_use",
      usage,
    };
  return { text, stopReason: choice.finish_reason === "length" ? "max_tokens" : "end_turn", usage };
}

function toOpenAi(
  { text, toolUses = [], toolResults = [] }: ChatInput["messages"][number],
  index: number,
): object[] {
  // Messages alternate, and the user begins.
  if (index % 2 === 1)
    return [
      {
        role: "assistant",
        content: text,
        ...(toolUses.length > 0 && {
          tool_calls: toolUses.map(({ id, name, input }) => ({
            id,
            type: "function",
            function: { name, arguments: JSON.stringify(input) },
          })),
        }),
      },
    ];
  return [
    ...toolResults.map((result) => ({ role: "tool", tool_call_id: result.id, content: result.text })),
    ...(text === "" ? [] : [{ role: "user", content: text }]),
  ];
}

/** Models write arguments as text, and not always as JSON: what can't be read is refused by the tool, as any wrong input. */
function argumentsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : { value };
  } catch {
    return { text };
  }
}
