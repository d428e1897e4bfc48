/** A stack's state, as the Pulumi CLI exports it. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { engineEnvironment } from "../../local/engine/environment.ts";
import { defaultPlace, LOCAL_STACK, PROJECT } from "../../local/paths.ts";
import { toolEnvironment } from "../../local/toolchain/environment.mjs";

/** More than a stack of a thousand tenants. */
const MOST_BYTES = 1 << 30;

/** What is wrong with what was given: nothing was judged. */
export class Unjudgeable extends Error {
  override readonly name = "Unjudgeable";
}

/** @throws Unjudgeable naming what to do, if there is no such stack */
export function exportOf(environment: string): unknown {
  try {
    const text = execFileSync("pulumi", ["stack", "export", "--stack", environment, "--non-interactive"], {
      cwd: PROJECT,
      env: environmentFor(environment),
      encoding: "utf8",
      maxBuffer: MOST_BYTES,
      stdio: ["ignore", "pipe", "pipe"],
    });
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof Unjudgeable) throw error;
    const { stderr = "", message } = error as { stderr?: string; message: string };
    throw new Unjudgeable(
      `The stack ${environment} can't be exported: ${stderr.trim() || message}\nGive its state by --from, as \`pulumi stack export\` writes it.`,
    );
  }
}

function environmentFor(environment: string): NodeJS.ProcessEnv {
  if (environment !== LOCAL_STACK) return toolEnvironment(process.env);
  const { folder } = defaultPlace(LOCAL_STACK);
  if (!existsSync(join(folder, "engine")))
    throw new Unjudgeable(
      `There is no account in ${folder}. Make one by npm start, or name another folder by BULKHEAD_ACCOUNT.`,
    );
  // A state is a file: no gateway takes part.
  return engineEnvironment(folder, "");
}
