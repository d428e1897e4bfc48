import { FUNCTIONS } from "../runtime/contract/names.ts";
import { AUTHORIZER_FIRST_SEEN, authorizerFirstSeen } from "./benchmarks/authorizer-first-seen.ts";
import { bundleSize, bundleSizeId } from "./benchmarks/bundle-size.ts";
import { CHAT_OVERHEAD_P50, CHAT_OVERHEAD_P95, chatOverhead } from "./benchmarks/chat-overhead.ts";
import { AUTHORIZER_COLD_IMPORT, coldImport, coldImportId } from "./benchmarks/cold-import.ts";
import { EVALUATOR_VS_SIMULATE, evaluatorVsSimulate } from "./benchmarks/evaluator-vs-iam-simulate.ts";
import { MUTATION_SCORE, mutationScore } from "./benchmarks/mutation-score.ts";
import { PACK_OVERHEAD, packOverhead } from "./benchmarks/pack-overhead.ts";
import { proof, PROOF_EXPONENT, PROOF_MEMORY, PROOF_SECONDS } from "./benchmarks/proof.ts";
import { PROGRAM_VS_BARE, programVsBareEngine } from "./benchmarks/program-vs-bare-engine.ts";
import { RESOURCES_POOL, RESOURCES_SILO, resourcesPerTenant } from "./benchmarks/resources-per-tenant.ts";
import type { Benchmark, Goal } from "./benchmark.ts";

/** A figure that can be asked for. */
export interface Entry {
  readonly id: string;
  readonly unit: string;
  /** Absent where a figure is reported and nothing more. */
  readonly goal?: Goal;
  readonly by: Benchmark;
}

/** Every figure with its goal, in the order in which they are measured. docs/performance.md says what each is. */
export const CATALOGUE: readonly Entry[] = [
  { id: AUTHORIZER_FIRST_SEEN, unit: "×", goal: { max: 1.7 }, by: authorizerFirstSeen },
  { id: AUTHORIZER_COLD_IMPORT, unit: "ms", goal: { max: 45 }, by: coldImport },
  ...FUNCTIONS.map((fn) => ({ id: coldImportId(fn), unit: "ms", by: coldImport })),
  ...FUNCTIONS.map((fn) => ({ id: bundleSizeId(fn), unit: "kB", by: bundleSize })),
  { id: CHAT_OVERHEAD_P50, unit: "ms", goal: { max: 10 }, by: chatOverhead },
  { id: CHAT_OVERHEAD_P95, unit: "ms", goal: { max: 25 }, by: chatOverhead },
  { id: EVALUATOR_VS_SIMULATE, unit: "×", goal: { min: 50 }, by: evaluatorVsSimulate },
  { id: PROGRAM_VS_BARE, unit: "×", goal: { max: 1.3 }, by: programVsBareEngine },
  { id: PACK_OVERHEAD, unit: "×", goal: { max: 1.2 }, by: packOverhead },
  { id: PROOF_SECONDS, unit: "s", goal: { max: 10 }, by: proof },
  { id: PROOF_MEMORY, unit: "MB", goal: { max: 1000 }, by: proof },
  { id: PROOF_EXPONENT, unit: "exponent", goal: { max: 1.1 }, by: proof },
  { id: MUTATION_SCORE, unit: "caught", goal: { min: 1 }, by: mutationScore },
  { id: RESOURCES_SILO, unit: "resources", by: resourcesPerTenant },
  { id: RESOURCES_POOL, unit: "resources", by: resourcesPerTenant },
];
