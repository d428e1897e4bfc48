/**
 * Which replacements the AWS provider itself wants to start with the deletion. Pulumi creates first; two resources of one
 * name can't be, so the provider asks for the other order where the program gave the name. Its newer half, built on
 * Terraform's plugin framework, does not: there the program has to say `deleteBeforeReplace`. Source:
 * pulumi-terraform-bridge, nameRequiresDeleteBeforeReplace and issue #930.
 */
import type { ResourceType } from "./catalogue.ts";
import { nameArgument } from "./names.ts";
import { isAbsent } from "./values.ts";
import type { Properties } from "./values.ts";

/** Types of the newer half that the data knows. */
const PLUGIN_FRAMEWORK =
  /^aws:(?:bedrock\/|opensearch\/serverless|dynamodb\/resourcePolicy:|cognito\/userPoolClient:|s3\/bucketLifecycleConfiguration:)/;

export function deletesBeforeReplacing(type: ResourceType, news: Properties): boolean {
  if (PLUGIN_FRAMEWORK.test(type.token)) return false;
  const name = nameArgument(type);
  if (type.inputs[name] !== "string" || isAbsent(news[name])) return false;
  const defaults = news["__defaults"];
  return !(Array.isArray(defaults) && defaults.includes(name));
}
