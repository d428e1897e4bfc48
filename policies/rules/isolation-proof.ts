import { buildAccount } from "../isolation/model/build.ts";
import { fromStack } from "../isolation/model/sources/stack.ts";
import { whereOf } from "../isolation/model/where.ts";
import { prove } from "../isolation/prove/index.ts";
import { facts, findings } from "../isolation/report/words.ts";
import { isEmbedded } from "../support/place.ts";
import { rule } from "../support/rule.ts";

/** The stack as a whole: what no rule about one resource can see. */
export const isolationProof = rule({
  name: "isolation-proof",
  description:
    "Tenants are isolated, provably: nothing with one tenant's identity reaches another's data, each tenant reaches its own, and when one layer fails another one still refuses.",
  severity: "critical",
  remediation:
    "Each violation tells who can do what by which statement, and what to mend. `npx bulkhead prove` says the same at length; docs/isolation.md says what is proven.",
  takesExceptions: false,
  validate: async ({ resources, stack }, report) => {
    const read = fromStack(resources);
    // A stack without tenants, tables and functions has nobody to keep apart.
    const where = whereOf(read);
    if (where === undefined) return;
    // On a trial the evaluator judges, which takes a third of the time: `npx bulkhead prove` and reviews ask for all ids besides.
    const verdict = await prove(buildAccount(read, where), { allIds: !isEmbedded(stack) });
    for (const finding of findings(verdict.counterexamples)) {
      const told = facts(finding)
        .filter(({ label }) => TOLD.has(label))
        .map(({ label, text }) => `${label} ${text}`);
      const { question, summary, urn } = finding.first;
      report(`${question}: ${summary}. ${told.join("; ")}`, urn);
    }
    for (const { urn, what } of verdict.gaps) report(`not proven: ${what}`, urn === "" ? undefined : urn);
  },
});

/** What a violation's few lines have room for. */
const TOLD: ReadonlySet<string> = new Set(["by way of", "allowed by", "also hits", "file", "do"]);
