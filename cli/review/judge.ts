/** The isolation proof of what a preview tells of. */
import { buildAccount } from "../../policies/isolation/model/build.ts";
import { fromPreview } from "../../policies/isolation/model/sources/preview.ts";
import { whereOf } from "../../policies/isolation/model/where.ts";
import { prove } from "../../policies/isolation/prove/index.ts";
import type { Verdict } from "../../policies/isolation/report/verdict.ts";
import { located } from "../located.ts";

/**
 * @param digest `pulumi preview --json --show-sames`
 * @param project where tenants' files are
 * @returns undefined where there is nothing to judge
 */
export async function judge(digest: unknown, project: string): Promise<Verdict | undefined> {
  if (digest === undefined) return undefined;
  const resources = fromPreview(digest);
  const where = whereOf(resources);
  return where && located(await prove(buildAccount(resources, where)), project);
}
