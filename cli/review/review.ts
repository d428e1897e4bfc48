/** What a reviewer has to know of a change: the data that the comment is made of. */
import type { Verdict } from "../../policies/isolation/report/verdict.ts";
import { changesOf, comingAndGoing, type Change } from "./changes.ts";
import { faultsOf, violationsOf, warningsOf, type Violation } from "./events.ts";

/** Names the shape of the JSON; additions keep it. */
export const FORMAT = "bulkhead-review/1";

export interface Review {
  readonly format: typeof FORMAT;
  readonly environment: string;
  /** The commit that is compared with; absent: the environment is new. */
  readonly base?: string;
  /** Nothing refuses the change: no mandatory violation, no fault, isolation proven. */
  readonly accepted: boolean;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changes: readonly Change[];
  readonly violations: readonly Violation[];
  /** Why the preview ended before its end. */
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
  /** Absent where the preview ended too early to be judged. */
  readonly isolation?: Verdict;
}

/** What the engine said of an update. */
export interface Said {
  readonly environment: string;
  readonly base: string | undefined;
  readonly digest: unknown;
  readonly events: readonly unknown[];
  readonly exitCode: number;
  readonly stderr: string;
  /** Of the resources that the digest tells of. */
  readonly isolation: Verdict | undefined;
}

export function reviewOf(said: Said): Review {
  const { environment, base, digest, events, exitCode, stderr, isolation } = said;
  const violations = violationsOf(events);
  const mandatory = violations.some((violation) => violation.mandatory);
  const told = faultsOf(events);
  // A preview that failed has a reason; one that none of its events tells is in its own last words.
  const silent = exitCode !== 0 && !mandatory && told.length === 0;
  const faults = silent ? [stderr.trim() || `the preview ended with exit code ${exitCode}`] : told;
  const isPreview = digest !== undefined;
  return {
    format: FORMAT,
    environment,
    ...(base === undefined ? {} : { base }),
    accepted: exitCode === 0 && !mandatory && faults.length === 0 && isolation?.proven === true,
    ...(isPreview ? comingAndGoing(digest) : { added: [], removed: [] }),
    changes: isPreview ? changesOf(digest) : [],
    violations,
    faults,
    warnings: warningsOf(events),
    ...(isolation === undefined ? {} : { isolation }),
  };
}
