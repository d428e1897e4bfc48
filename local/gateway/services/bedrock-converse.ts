/** What Converse and ConverseStream are asked with: messages, tools and limits, as far as the embedded account knows them. */
import { z } from "zod";
import type { Call, Gateway } from "../contract.ts";
import type { ChatInput, ChatMessage, Tool } from "../model/chat.ts";
import { invalid, isJson, only, readJson, textOf, type Json } from "./bedrock-json.ts";
import { applyGuardrail } from "./bedrock-guardrail.ts";

const KEYS = ["messages", "system", "inferenceConfig", "guardrailConfig", "requestMetadata", "toolConfig"];
const INFERENCE_KEYS = ["maxTokens", "temperature", "topP", "stopSequences"];
/** Bedrock's own pattern for names of tools and ids of their uses. */
const NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/** @throws AwsError AccessDenied by the guardrail; ValidationException */
export function readConversation(gateway: Gateway, call: Call, streaming: boolean): ChatInput {
  const body = readJson(call, KEYS);
  if (body["guardrailConfig"] !== undefined)
    applyGuardrail(gateway, call, body["guardrailConfig"], streaming);
  const tools = toolsOf(body["toolConfig"]);
  const messages = messagesOf(body["messages"], tools !== undefined);
  const inference = only(body["inferenceConfig"] ?? {}, INFERENCE_KEYS, "inferenceConfig");
  const { maxTokens, stopSequences } = inference;
  if (maxTokens !== undefined && !(Number.isInteger(maxTokens) && Number(maxTokens) >= 1))
    throw invalid("maxTokens must be at least 1.");
  if (stopSequences !== undefined && !isTexts(stopSequences))
    throw invalid("stopSequences must be a list of text.");
  return {
    system: body["system"] === undefined ? "" : textsOf(body["system"], "system"),
    messages,
    ...(tools === undefined ? {} : { tools }),
    ...(maxTokens === undefined ? {} : { maxTokens: Number(maxTokens) }),
    ...(stopSequences === undefined ? {} : { stopSequences }),
  };
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string");

function messagesOf(messages: unknown, tools: boolean): ChatMessage[] {
  if (!Array.isArray(messages) || messages.length === 0)
    throw invalid("A conversation must have at least one message.");
  const read = messages.map((message: unknown, i) => {
    const { role, content } = only(message, ["role", "content"], `messages[${i}]`);
    const wanted = i % 2 === 0 ? "user" : "assistant";
    if (role !== wanted)
      throw invalid(
        "A conversation must start with a user message, and roles must alternate between user and assistant.",
      );
    return messageOf(content, wanted, `messages[${i}].content`);
  });
  if (messages.length % 2 === 0) throw invalid("A conversation must end with a user message.");
  read.forEach(({ toolUses = [] }, i) => {
    if (toolUses.length === 0) return;
    if (!tools)
      throw invalid("The toolConfig field must be defined when using toolUse and toolResult content.");
    const answered = new Set(read[i + 1]?.toolResults?.map(({ id }) => id));
    if (toolUses.some(({ id }) => !answered.has(id)) || answered.size !== toolUses.length)
      throw invalid(`Expected toolResult blocks at messages.${i + 1}.content for the ids that were used.`);
  });
  return read;
}

function messageOf(content: unknown, role: "user" | "assistant", where: string): ChatMessage {
  const texts: string[] = [];
  const toolUses: NonNullable<ChatMessage["toolUses"]>[number][] = [];
  const toolResults: NonNullable<ChatMessage["toolResults"]>[number][] = [];
  for (const block of listOf(content, where)) {
    const { text, toolUse, toolResult } = only(
      block,
      ["text", role === "user" ? "toolResult" : "toolUse"],
      where,
    );
    if (toolUse !== undefined) {
      const { toolUseId, name, input } = only(toolUse, ["toolUseId", "name", "input"], `${where}.toolUse`);
      if (!isJson(input)) throw invalid(`${where}.toolUse.input must be an object.`);
      toolUses.push({ id: nameOf(toolUseId, where), name: nameOf(name, where), input });
    } else if (toolResult !== undefined) {
      const of = only(toolResult, ["toolUseId", "content", "status"], `${where}.toolResult`);
      const result = textsOf(of["content"], `${where}.toolResult.content`);
      toolResults.push({ id: nameOf(of["toolUseId"], where), text: result });
    } else texts.push(textOf(text, `${where}.text`));
  }
  return {
    text: texts.join("\n"),
    ...(toolUses.length > 0 && { toolUses }),
    ...(toolResults.length > 0 && { toolResults }),
  };
}

const ToolConfig = z.strictObject({
  tools: z
    .array(
      z.strictObject({
        toolSpec: z.strictObject({
          name: z.string().regex(NAME),
          description: z.string().min(1).default(""),
          inputSchema: z.strictObject({ json: z.looseObject({ type: z.literal("object") }) }),
        }),
      }),
    )
    .min(1),
  toolChoice: z.strictObject({ auto: z.strictObject({}) }).optional(),
});

function toolsOf(config: unknown): Tool[] | undefined {
  if (config === undefined || config === null) return undefined;
  const parsed = ToolConfig.safeParse(config);
  if (!parsed.success) throw invalid(`toolConfig: ${z.prettifyError(parsed.error)}`);
  return parsed.data.tools.map(({ toolSpec: { name, description, inputSchema } }) => ({
    name,
    description,
    schema: inputSchema.json,
  }));
}

function nameOf(value: unknown, where: string): string {
  const name = textOf(value, where);
  if (!NAME.test(name)) throw invalid(`${where}: "${name}" is no name of a tool, nor an id.`);
  return name;
}

function listOf(content: unknown, where: string): readonly Json[] {
  if (!Array.isArray(content) || content.length === 0) throw invalid(`${where} must not be empty.`);
  return content as Json[];
}

function textsOf(content: unknown, where: string): string {
  return listOf(content, where)
    .map((block) => {
      const { text, json } = only(block, ["text", "json"], where);
      return json === undefined ? textOf(text, `${where}.text`) : JSON.stringify(json);
    })
    .join("\n");
}
