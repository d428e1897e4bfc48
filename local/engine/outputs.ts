/** What the engine's own state file says of a stack, without the engine. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface Checkpoint {
  readonly checkpoint?: {
    readonly latest?: {
      readonly resources?: readonly {
        readonly type: string;
        readonly outputs?: Readonly<Record<string, unknown>>;
      }[];
    };
  };
}

/** Outputs of a stack in an account's folder; undefined if it was never deployed there. */
export function stackOutputs(folder: string, stack: string): Readonly<Record<string, unknown>> | undefined {
  const file = join(folder, "engine", ".pulumi", "stacks", "bulkhead", `${stack}.json`);
  if (!existsSync(file)) return undefined;
  const { checkpoint } = JSON.parse(readFileSync(file, "utf8")) as Checkpoint;
  return checkpoint?.latest?.resources?.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs;
}
