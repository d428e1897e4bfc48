/** `npm run deploy`: an environment of a real account from what the project says, or not at all. */
import { join } from "node:path";
import { ENVIRONMENT } from "../runtime/contract/names.ts";
import { formatFault, readCatalog } from "../tenants/catalog.ts";
import { PACK, packArguments } from "./judged.ts";
import { LOCAL_STACK, PROJECT } from "./paths.ts";

const USAGE = "npm run deploy -- ENVIRONMENT [--yes]";

export interface Order {
  readonly stack: string;
  /** Deploys what the preview shows without asking. */
  readonly yes: boolean;
}

/** @throws Error that says what is wrong with the arguments */
export function orderOf(args: readonly string[]): Order {
  const [stack, ...others] = args.filter((arg) => arg !== "--yes");
  if (stack === undefined || others.length > 0 || stack.startsWith("-"))
    throw new Error(`Name one environment to deploy: ${USAGE}`);
  if (stack === LOCAL_STACK)
    throw new Error("Stack local is the embedded account's, and no account's of AWS: npm start deploys it.");
  if (!ENVIRONMENT.test(stack))
    throw new Error(`"${stack}" is no environment: 2 to 8 lower-case letters and digits, a letter first.`);
  return { stack, yes: args.includes("--yes") };
}

export interface Hands {
  /** Runs the pinned Pulumi CLI in the project and hands its exit code back. */
  readonly pulumi: (args: readonly string[]) => Promise<number>;
  /** Undefined where nobody is there to be asked. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined;
  readonly say: (line: string) => void;
  /** @default the project's */
  readonly tenants?: string;
  /** Folder of the policy pack. @default the project's */
  readonly pack?: string;
}

/**
 * Checks the tenants' files, previews with the policy pack, and only then updates, with the pack again.
 * @returns the exit code: 0 deployed, 1 refused or failed
 * @throws Error if the pack's configuration for the environment can't be used
 */
export async function deploy({ stack, yes }: Order, hands: Hands): Promise<number> {
  const { pulumi, ask, say, tenants = join(PROJECT, "tenants", "config", stack), pack = PACK } = hands;
  const { faults } = readCatalog(tenants);
  if (faults.length > 0) {
    for (const fault of faults) say(formatFault(fault));
    say("Nothing was deployed: the tenants' files have to be right first.");
    return 1;
  }
  const judged = ["--stack", stack, ...packArguments(stack, pack)];
  if ((await pulumi(["preview", "--diff", ...judged])) !== 0) {
    say("Nothing was deployed: the preview failed, or a policy refused it.");
    return 1;
  }
  if (!yes && !ask) {
    say(`Nothing was deployed: nobody can be asked here. To deploy what was previewed: ${USAGE}`);
    return 1;
  }
  if (!yes && !(await ask?.(`Deploy this to ${stack}?`))) {
    say("Nothing was deployed.");
    return 1;
  }
  return pulumi(["up", "--skip-preview", "--yes", ...judged]);
}

/** Of the toolchain's environment, what is the embedded account's alone: on AWS the engine fetches its providers itself. */
export function awsEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const attached = /^(PULUMI_DEBUG_PROVIDERS|PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION|BULKHEAD_TENANTS)$/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !attached.test(name)));
}
