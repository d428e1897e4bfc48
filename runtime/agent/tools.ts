import type { Tool } from "@strands-agents/sdk";
import { tool } from "@strands-agents/sdk";
import { z } from "zod";

import { claimTotalsInput, getClaimInput, listClaimsInput } from "../shared/claims.ts";
import { IsolationFault } from "../shared/errors.ts";
import { describeError, log } from "../shared/log.ts";
import type { Passage } from "../shared/store.ts";
import type { TenantContext } from "../shared/tenant-context.ts";
import type { KnowledgeParts } from "./knowledge.ts";
import { searchKnowledge } from "./knowledge.ts";
import type { Shown, Source } from "./sources.ts";
import { sources, sourcesOf } from "./sources.ts";

/**
 * What the model may choose, and all of it: no tool takes a tenant, a user, a group or a place. Whose data are looked up is the
 * caller's verified context, which the tools close over.
 */
export const TOOL_INPUTS = {
  search_knowledge: z.strictObject({
    query: z.string().trim().min(1).max(1000).describe("What to look for, in words that documents would use"),
  }),
  list_claims: listClaimsInput,
  get_claim: getClaimInput,
  claim_totals: claimTotalsInput,
};
export type ToolName = keyof typeof TOOL_INPUTS;
type Input<Name extends ToolName> = z.infer<(typeof TOOL_INPUTS)[Name]>;

const DESCRIPTIONS: Readonly<Record<ToolName, string>> = {
  search_knowledge:
    "Searches the organization's documents and the shared reference corpus, both of them, for passages on something.",
  list_claims: "Lists insurance claims that this user may see: number, status, amounts, dates.",
  get_claim: "One insurance claim by its number, with its payments and notes.",
  claim_totals: "How many claims there are and what they come to, by status.",
};

/** Records of claims, each as a passage that can be cited; read as the context's tenant. None: there is nothing that it may see. */
export interface ClaimRecords {
  list(context: TenantContext, input: Input<"list_claims">, signal: AbortSignal): Promise<readonly Passage[]>;
  get(context: TenantContext, input: Input<"get_claim">, signal: AbortSignal): Promise<readonly Passage[]>;
  totals(
    context: TenantContext,
    input: Input<"claim_totals">,
    signal: AbortSignal,
  ): Promise<readonly Passage[]>;
}

export interface ToolParts extends KnowledgeParts {
  /** Absent: this deployment has no claims database, and the model isn't offered its tools. */
  readonly claims?: ClaimRecords;
}

/** Look-ups for one question, in however many replies a model asks for them. */
const MAX_CALLS = 8;

export interface ToolUse {
  readonly context: TenantContext;
  /** What tools find is numbered here. */
  readonly shown: Shown;
  readonly signal: AbortSignal;
  /** Told of what must end the request instead of becoming an answer. */
  readonly onFatal: (error: unknown) => void;
}

/** The tools for one question of one user. Their faults are answers to the model, which says so or goes on without. */
export function toolsFor(parts: ToolParts, { context, shown, signal, onFatal }: ToolUse): Tool[] {
  let calls = 0;
  const make = <Name extends ToolName>(
    name: Name,
    find: (input: Input<Name>) => Promise<readonly Source[]>,
  ): Tool => {
    const callback = async (input: Input<Name>): Promise<string> => {
      if ((calls += 1) > MAX_CALLS) return "No more look-ups for this question. Answer from what there is.";
      try {
        const found = await find(input);
        return found.length === 0 ? "Nothing was found." : shown.add(found);
      } catch (error) {
        if (error instanceof IsolationFault) onFatal(error);
        log("error", { function: "agent", tool: name, error: describeError(error) });
        return "This can't be looked up at the moment. Answer from what there is.";
      }
    };
    return tool({
      name,
      description: DESCRIPTIONS[name],
      // TypeScript does not see that the schema of a name is that of its input.
      inputSchema: TOOL_INPUTS[name] as unknown as z.ZodType<Input<Name>>,
      callback,
    });
  };
  const { claims } = parts;
  return [
    make("search_knowledge", async ({ query }) => {
      const { tenant, shared } = await searchKnowledge(parts, context, query, signal);
      return sources(tenant, shared);
    }),
    ...(claims
      ? [
          make("list_claims", async (input) =>
            sourcesOf("claims", await claims.list(context, input, signal)),
          ),
          make("get_claim", async (input) => sourcesOf("claims", await claims.get(context, input, signal))),
          make("claim_totals", async (input) =>
            sourcesOf("claims", await claims.totals(context, input, signal)),
          ),
        ]
      : []),
  ];
}
