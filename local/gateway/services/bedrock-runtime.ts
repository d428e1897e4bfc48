/** bedrock-runtime: InvokeModel for embeddings, Converse and ConverseStream for chat, by deterministic stand-ins. */
import process from "node:process";
import { EventStreamCodec } from "@smithy/eventstream-codec";
import { AwsError, type Call, type Gateway, type Reply } from "../contract.ts";
import { chat, type ChatOutput } from "../model/chat.ts";
import { askRemote, remoteModel } from "../model/remote.ts";
import { embed, EMBEDDING_DIMENSIONS } from "../model/embedding.ts";
import { tokenCount } from "../model/words.ts";
import { invalid, readJson, reply, textOf } from "./bedrock-json.ts";
import { readConversation } from "./bedrock-converse.ts";
import { authorizeModel, isChatModel, resolveModel } from "./bedrock-model-ids.ts";

const EMBEDDING_MODEL = "amazon.titan-embed-text-v2:0";
/** Its limit on an input, in characters. */
const MAX_EMBEDDED_CHARACTERS = 50_000;
const DEFAULT_DIMENSIONS = 1024;

export async function handleModel(
  gateway: Gateway,
  call: Call,
  modelId: string,
  operation: string,
): Promise<Reply> {
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
  const input = readConversation(gateway, call, stream);
  const remote = remoteModel(process.env);
  const output = remote ? await askRemote(remote, input) : chat(input);
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

const toolUseId = (call: Call): string => `tooluse_${call.id.replaceAll("-", "").slice(0, 22)}`;

function whole(call: Call, { text, toolUse, stopReason, usage }: ChatOutput, latencyMs: number): Reply {
  const content = [
    ...(toolUse ? [] : [{ text }]),
    ...(toolUse ? [{ toolUse: { toolUseId: toolUseId(call), ...toolUse } }] : []),
  ];
  return reply(call, {
    output: { message: { role: "assistant", content } },
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

function streamed(call: Call, { text, toolUse, stopReason, usage }: ChatOutput, latencyMs: number): Reply {
  const event = (type: string, body: object): Uint8Array =>
    codec.encode({
      headers: {
        ":event-type": { type: "string", value: type },
        ":content-type": { type: "string", value: "application/json" },
        ":message-type": { type: "string", value: "event" },
      },
      body: encoder.encode(JSON.stringify(body)),
    });
  const delta = (part: object): Uint8Array =>
    event("contentBlockDelta", { contentBlockIndex: 0, delta: part });
  const words = text.match(/\S+\s*/g) ?? [];
  const content = toolUse
    ? [
        event("contentBlockStart", {
          contentBlockIndex: 0,
          start: { toolUse: { toolUseId: toolUseId(call), name: toolUse.name } },
        }),
        delta({ toolUse: { input: JSON.stringify(toolUse.input) } }),
      ]
    : words.map((word) => delta({ text: word }));
  return {
    status: 200,
    headers: { "content-type": "application/vnd.amazon.eventstream", "x-amzn-requestid": call.id },
    body: Buffer.concat([
      event("messageStart", { role: "assistant" }),
      ...content,
      event("contentBlockStop", { contentBlockIndex: 0 }),
      event("messageStop", { stopReason }),
      event("metadata", { usage, metrics: { latencyMs } }),
    ]),
  };
}
