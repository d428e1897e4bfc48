/** Outputs that follow from what is known of a type: ARN, tags, times. */
import type { ResourceRecord } from "../account/account.ts";
import type { ResourceType } from "./catalogue.ts";
import type { Place } from "./behaviour.ts";
import { LOWER, characters } from "./ids.ts";
import { UNKNOWN, holdsUnknown, isObject, text } from "./values.ts";
import type { Properties } from "./values.ts";

const CREATED = ["createDate", "createdAt", "createdDate", "creationDate"];
const CHANGED = ["lastModified", "lastModifiedDate", "lastUpdatedDate", "updatedAt"];

/** The tags that AWS would store: the provider's default tags under the resource's own. */
export function mergedTags(inputs: Properties, defaultTags: Properties): Properties {
  return { ...defaultTags, ...(isObject(inputs["tags"]) ? inputs["tags"] : {}) };
}

/** @param values - Inputs and the outputs of the behaviour. */
export function genericOutputs(
  type: ResourceType,
  values: Properties,
  place: Place,
  before: ResourceRecord | undefined,
): Properties {
  const outputs: Record<string, unknown> = {};
  const now = new Date().toISOString();
  for (const name of type.outputs) {
    if (CREATED.includes(name)) outputs[name] = before?.outputs[name] ?? now;
    if (CHANGED.includes(name)) outputs[name] = now;
    if (type.arn?.includes(`{${name}}`)) outputs[name] = values[name] ?? values["id"];
  }
  if (type.inputs["region"]) outputs["region"] = place.region;
  const arn = type.outputs.includes("arn") ? "arn" : type.outputs.find((name) => name.endsWith("Arn"));
  if (type.arn !== undefined && arn !== undefined)
    outputs[arn] = values[arn] ?? fill(type, type.arn, { ...values, ...outputs }, place);
  return outputs;
}

/** Outputs at preview. As with AWS, nothing that is computed is known before it exists. */
export function previewOutputs(type: ResourceType, inputs: Properties, defaults: Properties): Properties {
  const computed = type.outputs.filter((name) => name !== "id" && name !== "tagsAll");
  return { ...defaults, ...inputs, ...Object.fromEntries(computed.map((name) => [name, UNKNOWN])) };
}

/** `tagsAll`, for types that have it; unknown as long as a tag is. */
export function tagOutputs(type: ResourceType, inputs: Properties, defaultTags: Properties): Properties {
  if (!type.outputs.includes("tagsAll")) return {};
  const tags = holdsUnknown(inputs["tags"]) ? UNKNOWN : mergedTags(inputs, defaultTags);
  return { tagsAll: tags };
}

function fill(type: ResourceType, template: string, values: Properties, place: Place): string {
  const special: Properties = {
    region: place.region,
    account: place.account,
    random6: characters(text(values, "id"), LOWER, 6),
    urlWithoutScheme: text(values, "url").replace(/^https?:\/\//, ""),
    nameWithoutLeadingSlash: text(values, "name").replace(/^\//, ""),
  };
  return template.replaceAll(/\{(\w+)\}/g, (_match, name: string) => {
    const value = special[name] ?? values[name];
    if (typeof value !== "string")
      throw new Error(
        `the ARN of ${type.token} can't be computed: ${template} needs ${name}. Give it a behaviour`,
      );
    return value;
  });
}
