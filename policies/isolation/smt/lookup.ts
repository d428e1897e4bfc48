import { FALSE, TRUE } from "./formula.ts";
import { EncodingGap } from "./gap.ts";
import type { Optional, SymbolicPrincipal, SymbolicRequest, SymbolicValue } from "./request.ts";
import type { Text } from "./text.ts";

const TAG = "aws:principaltag/";
const ABSENT: Optional = { present: FALSE, value: [] };

const fixed = (...value: Text): Optional => ({ present: TRUE, value });

/** The value of a condition key, given in lower case, as the evaluator finds it (evaluate/facts.ts). */
export function lookup(key: string, { principal, context, resourceAccount }: SymbolicRequest): SymbolicValue {
  if (key.startsWith(TAG))
    return principal.kind === "role-session" ? (principal.tags.get(key.slice(TAG.length)) ?? ABSENT) : ABSENT;
  const own = PRINCIPAL_KEYS.get(key);
  if (own !== undefined) return own(principal);
  if (key === "aws:resourceaccount") return resourceAccount === "" ? ABSENT : fixed(resourceAccount);
  // A unique id, which no document shows.
  if (key === "aws:userid") throw new EncodingGap("the condition key aws:userid");
  return context.get(key) ?? ABSENT;
}

const PRINCIPAL_KEYS: ReadonlyMap<string, (principal: SymbolicPrincipal) => Optional> = new Map([
  ["aws:principalarn", (of) => (of.kind === "role-session" ? fixed(...of.roleArn) : ABSENT)],
  ["aws:principalaccount", (of) => (of.kind === "role-session" ? fixed(of.account) : ABSENT)],
  ["aws:principaltype", typeOf],
  ["aws:principalisawsservice", isServiceOf],
  ["aws:principalservicename", (of) => (of.kind === "service" ? fixed(of.service) : ABSENT)],
  ["aws:principalservicenameslist", serviceNamesOf],
  ["aws:username", () => ABSENT],
] satisfies [string, (principal: SymbolicPrincipal) => Optional][]);

function typeOf({ kind }: SymbolicPrincipal): Optional {
  return kind === "role-session" ? fixed("AssumedRole") : kind === "anonymous" ? fixed("Anonymous") : ABSENT;
}

function isServiceOf({ kind }: SymbolicPrincipal): Optional {
  return kind === "anonymous" ? ABSENT : fixed(kind === "service" ? "true" : "false");
}

function serviceNamesOf({ kind }: SymbolicPrincipal): Optional {
  if (kind === "service") throw new EncodingGap("the condition key aws:PrincipalServiceNamesList");
  return ABSENT;
}
