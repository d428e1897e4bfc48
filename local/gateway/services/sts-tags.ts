/** Session tags: what STS takes as a tag. Source: IAM user guide, "Pass session tags in AWS STS". */
import { AwsError } from "../contract.ts";

export interface SessionTags {
  readonly passed: Readonly<Record<string, string>>;
  /** From the caller's session, by transitivity. */
  readonly inherited: Readonly<Record<string, string>>;
  /** Keys of `passed` that are to be handed on. */
  readonly transitive: readonly string[];
}

const MAX_TAGS = 50;
const KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

/** @throws AwsError if a tag is malformed, comes twice (its key in any case), or would replace an inherited one. */
export function readSessionTags(
  form: ReadonlyMap<string, string>,
  inherited: Readonly<Record<string, string>>,
): SessionTags {
  const entries: [key: string, value: string][] = [];
  const seen = new Set<string>();
  for (const index of indices(form, /^Tags\.member\.(\d+)\.Key$/, /^Tags\.member\.(\d+)\./)) {
    const key = form.get(`Tags.member.${index}.Key`) ?? "";
    const value = form.get(`Tags.member.${index}.Value`) ?? "";
    if (!KEY.test(key))
      throw invalid(`The tag key '${key}' must be 1 to 128 letters, digits, spaces and _.:/=+-@`);
    if (/^aws:/i.test(key)) throw invalid(`The tag key '${key}' starts with 'aws:', which is AWS's own.`);
    if (!VALUE.test(value)) {
      throw invalid(`The value of tag '${key}' must be at most 256 letters, digits, spaces and _.:/=+-@`);
    }
    if (seen.has(key.toLowerCase())) {
      throw new AwsError(
        "InvalidParameterValue",
        `Duplicate tag keys found: '${key}'. Tag keys are case insensitive.`,
        400,
      );
    }
    seen.add(key.toLowerCase());
    entries.push([key, value]);
  }
  if (seen.size > MAX_TAGS) throw invalid(`A session has at most ${MAX_TAGS} tags.`);
  for (const key of Object.keys(inherited)) {
    if (seen.has(key.toLowerCase())) {
      throw new AwsError(
        "InvalidParameterValue",
        `The tag key '${key}' is transitive in the calling session and can't be set again.`,
        400,
      );
    }
  }
  return { passed: Object.fromEntries(entries), inherited, transitive: readTransitive(form, seen) };
}

function readTransitive(form: ReadonlyMap<string, string>, passed: ReadonlySet<string>): string[] {
  const pattern = /^TransitiveTagKeys\.member\.(\d+)$/;
  const keys = indices(form, pattern, pattern).map((i) => form.get(`TransitiveTagKeys.member.${i}`) ?? "");
  const stranger = keys.find((key) => !passed.has(key.toLowerCase()));
  if (stranger !== undefined) {
    throw new AwsError(
      "InvalidParameterValue",
      `The transitive tag key '${stranger}' is not among the tags.`,
      400,
    );
  }
  return keys;
}

/** The members' numbers in order. A member without its own field is refused: it would silently be left out. */
function indices(form: ReadonlyMap<string, string>, own: RegExp, any: RegExp): number[] {
  const found = (pattern: RegExp): Set<number> =>
    new Set([...form.keys()].flatMap((field) => pattern.exec(field)?.slice(1).map(Number) ?? []));
  const whole = found(own);
  for (const index of found(any)) {
    if (!whole.has(index)) throw invalid(`Member ${index} of Tags has no Key.`);
  }
  return [...whole].sort((a, b) => a - b);
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationError", message, 400);
}
