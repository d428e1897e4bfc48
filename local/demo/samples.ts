import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { ClaimDetails } from "../../runtime/contract/claims.ts";
import { PROJECT } from "../paths.ts";

const SAMPLES = join(PROJECT, "local", "sample");

const user = z.strictObject({
  username: z.string(),
  email: z.email(),
  tenant: z.string(),
  groups: z.array(z.string()),
});
const question = z.strictObject({
  user: z.string(),
  question: z.string(),
  expect: z.strictObject({
    corpora: z.array(z.enum(["tenant", "shared"])),
    cites: z.array(z.string()),
    contains: z.array(z.string()),
    lacks: z.array(z.string()).default([]),
  }),
});
const index = z.array(z.strictObject({ file: z.string(), groups: z.array(z.string()).optional() }));

export type SampleUser = z.infer<typeof user>;
export type SampleQuestion = z.infer<typeof question>;

/** A document of a sample tenant; without groups, all of the tenant see it. */
export interface SampleDocument {
  readonly name: string;
  readonly content: string;
  readonly groups?: readonly string[];
}

const read = (...path: string[]): string => readFileSync(join(SAMPLES, ...path), "utf8");

export const sampleUsers = (): SampleUser[] => z.array(user).parse(parse(read("users.yaml")));
export const sampleQuestions = (): SampleQuestion[] => z.array(question).parse(parse(read("questions.yaml")));
/** Claims by tenant; the function that adds them judges their fields. */
export const sampleClaims = (): Record<string, ClaimDetails[]> =>
  parse(read("claims.yaml"), { schema: "failsafe" }) as Record<string, ClaimDetails[]>;
/** A word for each tenant that is in its documents and nowhere else. */
export const sampleCanaries = (): Record<string, string> =>
  z.record(z.string(), z.string()).parse(parse(read("canaries.yaml")));

export function sampleDocuments(tenant: string): SampleDocument[] {
  // A tenant of the user's own has none.
  if (!existsSync(join(SAMPLES, "documents", tenant))) return [];
  return index.parse(parse(read("documents", tenant, "index.yaml"))).map(({ file, groups }) => ({
    name: file,
    content: read("documents", tenant, file),
    ...(groups ? { groups } : {}),
  }));
}
