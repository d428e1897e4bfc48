import type { Claim, ClaimDetails } from "../contract/claims.ts";
import type { Claims } from "../shared/claims.ts";
import type { Passage } from "../shared/store.ts";
import type { ClaimRecords } from "./tools.ts";

/** Claims as passages: what a model reads and cites, in the words of the record. */
export function claimRecords(claims: Claims): ClaimRecords {
  return {
    list: async (context, input, signal) => {
      const { claims: found, more } = await claims.list(context, input, signal);
      const passages = found.map((claim) => passage(`claims:${claim.id}`, told(claim)));
      return more
        ? [...passages, passage("claims:list", "There are more claims than these; the newest are listed.")]
        : passages;
    },
    get: async (context, input, signal) => {
      const found = await claims.get(context, input, signal);
      return found ? [passage(`claims:${found.id}`, toldWhole(found))] : [];
    },
    totals: async (context, input, signal) => {
      const { claims: count, amount, paid, byStatus } = await claims.totals(context, input, signal);
      const parts = byStatus.map((each) => `${each.claims} ${each.status} over $${each.amount}`);
      const text = `There are ${count} claims over $${amount} in all, of which $${paid} was paid`;
      return [passage("claims:totals", parts.length === 0 ? `${text}.` : `${text}: ${parts.join(", ")}.`)];
    },
  };
}

const passage = (uri: string, text: string): Passage => ({ id: uri, uri, text });

function told(claim: Claim): string {
  const { id, policy, holder, kind, status, occurred, reported, amount, description } = claim;
  return `Claim ${id} of ${holder} (policy ${policy}, ${kind}) is ${status}: $${amount}, occurred ${occurred}, reported ${reported}. ${description}`;
}

function toldWhole({ payments, notes, ...claim }: ClaimDetails): string {
  return [
    told(claim),
    ...payments.map(({ paid, amount, payee }) => `Paid on ${paid}: $${amount} to ${payee}.`),
    ...notes.map(({ written, author, text }) => `Note of ${written} by ${author}: ${text}`),
  ].join("\n");
}
