/** Versions of documents. */
import { SearchError } from "./errors.ts";

/** A version that the writer keeps count of: a write that is not newer (`external`), or older (`external_gte`), is a conflict. */
export interface ExternalVersion {
  readonly version: number;
  readonly type: "external" | "external_gte";
}

/** @throws SearchError 409 if what is there is newer. A deleted document leaves no version behind. */
export function nextVersion(id: string, current: number | undefined, external?: ExternalVersion): number {
  if (!external) return (current ?? 0) + 1;
  const { version, type } = external;
  if (current !== undefined && (type === "external" ? current >= version : current > version))
    throw new SearchError(
      409,
      "version_conflict_engine_exception",
      `[${id}]: version conflict, current version [${current}] is higher or equal to the one provided [${version}]`,
    );
  return version;
}
