/**
 * Ids of the grammar that are as easily mistaken for each other as ids can be: one is the beginning of another, one the end, one
 * ends where a hyphen goes on, the longest and the shortest, words that stand in names of the platform.
 */
const SHAPES: readonly string[] = [
  "abc",
  "abc-abc",
  "abcd",
  "abc-d",
  "d-abc",
  "abc-abc-abc-abc-abcd",
  "abc-d-abc",
  "bcd",
  "data",
  "abc-data",
  "fn",
  "tenant",
  "kb-abc",
  "abc-kb",
  "reference",
  "abc-reference",
  "registry",
  "a1b",
  "a1b-2",
  "a1b-2-3",
];

/** So many of them that no tenant has. */
export function adversarialIds(taken: ReadonlySet<string>, count: number): readonly string[] {
  const free = SHAPES.filter((id) => id.length >= 3 && !taken.has(id));
  for (let n = 1; free.length < count; n++) {
    const id = `abc-${n}`;
    if (!taken.has(id) && !free.includes(id)) free.push(id);
  }
  return free.slice(0, count);
}
