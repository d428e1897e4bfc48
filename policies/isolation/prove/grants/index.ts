/**
 * What is meant to be possible: each role's reach, as narrow as it can be said. All that is allowed beyond it is a counterexample, and
 * what a tenant's roles are granted here and can't do is one too.
 */
import { OF_ADMINISTRATORS } from "./administrators.ts";
import type { Grant } from "./grant.ts";
import { OF_OPERATORS } from "./operators.ts";
import { OF_PLATFORM } from "./platform.ts";
import { OF_TENANTS } from "./tenants.ts";

export { canonical, type Grant, speaks, within } from "./grant.ts";

export const GRANTS: readonly Grant[] = [
  ...OF_TENANTS,
  ...OF_PLATFORM,
  ...OF_OPERATORS,
  ...OF_ADMINISTRATORS,
];
