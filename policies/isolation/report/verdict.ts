/** What a proof says: data that every report is made of. */
import type { Gap } from "../model/resource.ts";

export type Question = "separation" | "liveness" | "ablation" | "all-ids";

/** One of the ways in which isolation can fail, and what a proof takes away to see which of the others still refuses. */
export type Layer = "routing" | "credentials" | "resources";

export interface Verdict {
  /** No counterexample and no gap. */
  readonly proven: boolean;
  readonly environment: string;
  readonly tenants: readonly JudgedTenant[];
  readonly counterexamples: readonly Counterexample[];
  readonly gaps: readonly Gap[];
  /** What removing a layer leaves, by resource and tier. */
  readonly matrix: readonly MatrixRow[];
  /** What may reach tenants' data by design, each with its reason: told in every report. */
  readonly exceptions: readonly Exception[];
  readonly figures: Figures;
}

export interface JudgedTenant {
  readonly id: string;
  readonly tier: "silo" | "pool";
  /** Tenants of one class have the same resources, up to their id. */
  readonly class: string;
  /** The tenant's file, as far as the model knows one: `tenants/config/dev/acme.yaml`. */
  readonly file?: string;
  /** Which layers refuse a stranger, by kind of resource: `objects`, `key`, … */
  readonly refusedBy: Readonly<Record<string, readonly Layer[]>>;
}

/** A request that is decided wrongly, and what to mend. */
export interface Counterexample {
  readonly question: Question;
  /** One sentence: who can do what, that must not (or can't, and should). */
  readonly summary: string;
  readonly principal: {
    readonly arn: string;
    readonly tags: Readonly<Record<string, string>>;
    /** How one gets there: the first identity, then each role that is assumed on the way. */
    readonly chain: readonly string[];
    /** The tenant whose identity it is. */
    readonly tenant?: string;
  };
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | readonly string[]>>;
  /** Whose data it is. */
  readonly owner?: string;
  /** For an ablation: what was taken away. */
  readonly removed?: Layer;
  /** The statement that allowed it; none, where nothing allowed what should be. */
  readonly by?: { readonly policy: string; readonly statement: string; readonly urn?: string };
  /** The owner's file, and the line of what is at fault in it, where it is the file's. */
  readonly file?: string;
  readonly line?: number;
  /** The resource to mend. */
  readonly urn?: string;
  /** What to do, in a sentence. */
  readonly remedy: string;
}

export interface MatrixRow {
  /** `objects`, `key`, `registry item`, `index`, … */
  readonly resource: string;
  readonly tier: "silo" | "pool";
  /** By what is taken away: what still refuses, in words; empty: nothing else does. */
  readonly stillRefused: Readonly<Record<string, readonly string[]>>;
}

export interface Exception {
  readonly principal: string;
  readonly reaches: string;
  readonly reason: string;
}

export interface Figures {
  readonly tenants: number;
  readonly classes: number;
  readonly resources: number;
  /** Requests that the evaluator decided. */
  readonly decisions: number;
  /** Questions that the solver answered. */
  readonly queries: number;
  readonly seconds: number;
}
