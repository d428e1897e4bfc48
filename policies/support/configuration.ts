/** What an environment sets of a pack's rules: `config/<environment>.json` in the pack's folder. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The file to hand to the engine (`--policy-pack-config`), after a look at it: no rule may be switched off, or made advice.
 * The engine drops what is about no rule; here that is a fault, since somebody counts on it.
 * @param pack folder of the policy pack
 * @returns undefined where there is no file: nothing is set
 * @throws Error that tells all that is wrong with it
 */
export function configurationOf(pack: string, environment: string): string | undefined {
  const file = join(pack, "config", `${environment}.json`);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`${file} can't be read: ${(error as Error).message}`, { cause: error });
  }
  const faults = faultsOf(parsed(text, file), pack);
  if (faults.length > 0) throw new Error(faults.map((fault) => `${file}: ${fault}`).join("\n"));
  return file;
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Error(`${file} is no JSON: ${(error as Error).message}`, { cause: error });
  }
}

function faultsOf(configuration: unknown, pack: string): readonly string[] {
  if (!isObject(configuration)) return ["expected an object: settings by the names of rules"];
  const rules = new Set(readdirSync(join(pack, "rules")).map((name) => name.replace(/\.ts$/, "")));
  return Object.entries(configuration).flatMap(([rule, settings]) => {
    if (!rules.has(rule)) return [`"${rule}" is no rule: RULES.md beside it lists them`];
    if (typeof settings === "string" || (isObject(settings) && "enforcementLevel" in settings))
      return [`${rule}: ${LEVELS_ARE_FIXED}`];
    return isObject(settings) ? [] : [`${rule}: expected an object of settings`];
  });
}

/** What becomes of a rule's violations is said in its own file alone. */
export const LEVELS_ARE_FIXED =
  "a rule's enforcement level is not configured: none can be disabled or made advisory. Except a resource, with a reason and a last day (policies/RULES.md)";

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
