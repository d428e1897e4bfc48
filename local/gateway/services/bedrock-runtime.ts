/** bedrock-runtime: InvokeModel for embeddings, Converse and ConverseStream for chat, by deterministic stand-ins. */
import { EventStreamCodec } from "@smithy/eventstream-codec";
import { AwsError, type Call, type Gateway, type Reply } from "../contract.ts";
import { chat, type ChatOutput } from "../model/chat.ts";
import { embed, EMBEDDING_DIMENSIONS } from "../model/embedding.ts";
import { tokenCount } from "../model/words.ts";
import { invalid, only, readJson, reply, textOf } from "./bedrock-json.ts";
import { applyGuardrail } from "./bedrock-guardrail.ts";
import { authorizeModel, isChatModel, resolveModel } from "./bedrock-model-ids.ts";

const EMBEDDING_MODEL = "amazon.titan-embed-text-v2:0";
/** Its limit on an input, in characters. */
const MAX_EMBEDDED_CHARACTERS = 50_000;
const DEFAULT_DIMENSIONS = 1024;

const CONVERSE_KEYS = ["messages", "system", "inferenceConfig", "guardrailConfig", "requestMetadata"];
const INFERENCE_KEYS = ["maxTokens", "temperature", "topP", "stopSequences"];

export function handleModel(gateway: Gateway, call: Call, modelId: string, operation: string): Reply {
  const started = performance.now();
  const stream = operation === "converse-stream";
  if (!stream && operation !== "converse" && operation !== "invoke")
    throw new AwsError(
      "UnknownOperationException",
      `The embedded account does not serve '${operation}' of a model.`,
      404,
    );
  const model = resolveModel(gateway.account, modelId);
  authorizeModel(
    gateway,
    call,
    model,
    stream ? "bedrock:InvokeModelWithResponseStream" : "bedrock:InvokeModel",
  );

  if (operation === "invoke") return invoke(call, model.foundationModel);
  if (!isChatModel(model.foundationModel))
    throw invalid(`The model ${model.foundationModel} does not support Converse.`);
  const output = converse(gateway, call);
  const latencyMs = Math.max(1, Math.round(performance.now() - started));
  return stream ? streamed(call, output, latencyMs) : whole(call, output, latencyMs);
}

function invoke(call: Call, model: string): Reply {
  if (model !== EMBEDDING_MODEL)
    throw invalid(`InvokeModel is served for ${EMBEDDING_MODEL} only; ask ${model} by Converse.`);
  const body = readJson(call, ["inputText", "dimensions", "normalize", "embeddingTypes"]);
  const { dimensions = DEFAULT_DIMENSIONS, normalize = true, embeddingTypes } = body;
  const inputText = textOf(body["inputText"], "inputText");
  if (inputText.length > MAX_EMBEDDED_CHARACTERS)
    throw invalid(`expected maxLength: ${MAX_EMBEDDED_CHARACTERS}, actual: ${inputText.length}`);
  if (!EMBEDDING_DIMENSIONS.some((size) => size === dimensions))
    throw invalid(`dimensions must be one of ${EMBEDDING_DIMENSIONS.join(", ")}.`);
  if (typeof normalize !== "boolean") throw invalid("normalize must be true or false.");
  if (embeddingTypes !== undefined && JSON.stringify(embeddingTypes) !== '["float"]')
    throw invalid('embeddingTypes other than ["float"] are not supported by the embedded account.');
  const embedding = embed(inputText, Number(dimensions), normalize);
  const answered = reply(call, {
    embedding,
    inputTextTokenCount: tokenCount(inputText),
    embeddingsByType: { float: embedding },
  });
  return {
    ...answered,
    headers: { ...answered.headers, "x-amzn-bedrock-input-token-count": String(tokenCount(inputText)) },
  };
}

function converse(gateway: Gateway, call: Call): ChatOutput {
  const body = readJson(call, CONVERSE_KEYS);
  if (body["guardrailConfig"] !== undefined) applyGuardrail(gateway, call, body["guardrailConfig"]);
  const { messages } = body;
  if (!Array.isArray(messages) || messages.length === 0)
    throw invalid("A conversation must have at least one message.");
  const texts = messages.map((message: unknown, i) => {
    const { role, content } = only(message, ["role", "content"], `messages[${i}]`);
    if (role !== (i % 2 === 0 ? "user" : "assistant"))
      throw invalid(
        "A conversation must start with a user message, and roles must alternate between user and assistant.",
      );
    return contentText(content, `messages[${i}].content`);
  });
  if (messages.length % 2 === 0) throw invalid("A conversation must end with a user message.");
  const inference = only(body["inferenceConfig"] ?? {}, INFERENCE_KEYS, "inferenceConfig");
  const { maxTokens, stopSequences } = inference;
  if (maxTokens !== undefined && !(Number.isInteger(maxTokens) && Number(maxTokens) >= 1))
    throw invalid("maxTokens must be at least 1.");
  if (stopSequences !== undefined && !isTexts(stopSequences))
    throw invalid("stopSequences must be a list of text.");
  return chat({
    system: body["system"] === undefined ? "" : contentText(body["system"], "system"),
    messages: texts,
    ...(maxTokens === undefined ? {} : { maxTokens: Number(maxTokens) }),
    ...(stopSequences === undefined ? {} : { stopSequences }),
  });
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string");

function contentText(content: unknown, where: string): string {
  if (!Array.isArray(content) || content.length === 0) throw invalid(`${where} must not be empty.`);
  return content
    .map((block: unknown) => {
      const { text } = only(block, ["text"], where);
      return textOf(text, `${where}.text`);
    })
    .join("\n");
}

function whole(call: Call, { text, stopReason, usage }: ChatOutput, latencyMs: number): Reply {
  return reply(call, {
    output: { message: { role: "assistant", content: [{ text }] } },
    stopReason,
    usage,
    metrics: { latencyMs },
  });
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === "string" ? bytes : decoder.decode(bytes as Uint8Array)),
  (text) => encoder.encode(text),
);

function streamed(call: Call, { text, stopReason, usage }: ChatOutput, latencyMs: number): Reply {
  const event = (type: string, body: object): Uint8Array =>
    codec.encode({
      headers: {
        ":event-type": { type: "string", value: type },
        ":content-type": { type: "string", value: "application/json" },
        ":message-type": { type: "string", value: "event" },
      },
      body: encoder.encode(JSON.stringify(body)),
    });
  const words = text.match(/\S+\s*/g) ?? [];
  return {
    status: 200,
    headers: { "content-type": "application/vnd.amazon.eventstream", "x-amzn-requestid": call.id },
    body: Buffer.concat([
      event("messageStart", { role: "assistant" }),
      ...words.map((word) => event("contentBlockDelta", { contentBlockIndex: 0, delta: { text: word } })),
      event("contentBlockStop", { contentBlockIndex: 0 }),
      event("messageStop", { stopReason }),
      event("metadata", { usage, metrics: { latencyMs } }),
    ]),
  };
}
