import { pathToFileURL } from "node:url";
import { join } from "node:path";
import process from "node:process";
import { PROJECT } from "../paths.ts";
import { toolEnvironment } from "../toolchain/environment.mjs";

/**
 * The engine's backend in a folder. It writes a state file whole or not at all, but what it notes of each in a file beside it
 * (`.attrs`) in place: a killed CLI leaves that one cut off, and every later command would stop at "failed to load checkpoint: EOF".
 * Nothing needs those notes, so it writes none. Source: gocloud.dev, package fileblob, `metadata=skip`.
 */
export function backendUrl(folder: string): string {
  return `${pathToFileURL(folder).href}?metadata=skip`;
}

/** The environment that the Pulumi CLI runs in: state in the account's folder, the attached provider, no cloud. */
export function engineEnvironment(folder: string, debugProviders: string): Record<string, string> {
  const env = Object.entries(toolEnvironment(process.env)).filter(
    // Nothing of the user's own AWS or Pulumi set-up takes part.
    ([name]) => !name.startsWith("AWS_") && !/^PULUMI_(ACCESS_TOKEN|BACKEND_URL|STACK|CONFIG)/.test(name),
  );
  return {
    ...(Object.fromEntries(env) as Record<string, string>),
    PULUMI_BACKEND_URL: backendUrl(join(folder, "engine")),
    // The local stack has no secrets worth a passphrase; an empty one asks nobody.
    PULUMI_CONFIG_PASSPHRASE: "",
    PULUMI_DEBUG_PROVIDERS: debugProviders,
    // An update starts program and pack twice: what Node compiled the first time it reads the second.
    NODE_COMPILE_CACHE: join(PROJECT, ".bulkhead", "compiled"),
  };
}
