import type { Attempted } from "../../verify/outcome.ts";
import type { SeenClaims } from "./claims.ts";
import type { Asked } from "./questions.ts";

/** What a demo did, as `--report FILE` writes it. Seconds are wall-clock. */
export interface Report {
  readonly seconds: { readonly setup: number; readonly deploy: number; readonly total: number };
  readonly pulumi: { readonly version: string; readonly resources: number; readonly policyPack: string };
  readonly tenants: readonly {
    readonly id: string;
    readonly tier: string;
    readonly questions: readonly Pick<Asked, "user" | "question" | "answer" | "citations">[];
    readonly claims: readonly SeenClaims[];
  }[];
  readonly onboarding: { readonly id: string; readonly seconds: number };
  readonly attacks: readonly Pick<Attempted, "name" | "layer" | "expected" | "actual" | "by">[];
}
