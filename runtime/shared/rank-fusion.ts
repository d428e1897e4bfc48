/** Damps the weight of first places; 60 is the constant of Cormack, Clarke and Büttcher (SIGIR 2009) and the usual one. */
const K = 60;

/**
 * Reciprocal rank fusion: merges result lists whose scores can't be compared. An item's score is the sum of
 * 1 / (60 + rank) over the lists that it is in, ranks from 1; equal scores keep the order of their ids.
 *
 * @param lists best first, each id at most once per list
 * @returns the `size` best items, best first
 */
export function fuse<T extends { readonly id: string }>(
  lists: readonly (readonly T[])[],
  size: number,
): readonly T[] {
  const fused = new Map<string, { readonly item: T; score: number }>();
  for (const list of lists)
    list.forEach((item, index) => {
      const entry = fused.get(item.id) ?? { item, score: 0 };
      entry.score += 1 / (K + index + 1);
      fused.set(item.id, entry);
    });
  return [...fused.values()]
    .sort((a, b) => b.score - a.score || (a.item.id < b.item.id ? -1 : 1))
    .slice(0, size)
    .map((entry) => entry.item);
}
