/** Tenants whose policies are equal up to their id are judged once. */

const clean = new Map<string, Set<string>>();
/** No text holds it. */
const PLACE = "\u0000";

/**
 * Faults of a subject. One whose texts are those of an earlier one, which had none, with another id in every place of that one's id, has
 * none either: a judgement tells ids apart only by where they stand.
 * @param texts everything that the judgement depends on
 */
export function oncePerClass(
  rule: string,
  id: string | undefined,
  texts: readonly string[],
  judge: () => readonly string[],
): readonly string[] {
  const all = JSON.stringify(texts);
  const key = id === undefined ? all : all.replaceAll(id, PLACE);
  let known = clean.get(rule);
  if (known === undefined) clean.set(rule, (known = new Set()));
  if (known.has(key)) return [];
  const faults = judge();
  if (faults.length === 0) known.add(key);
  return faults;
}
