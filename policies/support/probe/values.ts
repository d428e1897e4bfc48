import type { Asked } from "./literals.ts";

/** A value that no policy means. */
export const FRESH = "bulkhead-probe";

/**
 * Values that a policy may tell apart, for one key: each that it lists (wildcards filled in), neighbours of numbers,
 * dates and addresses, and one that it does not list. Absence is apart.
 */
export function candidates({ operators, values }: Asked): string[] {
  const out = new Set<string>();
  const has = (family: string): boolean => [...operators].some((name) => name.includes(family));
  for (const value of values) {
    if (value.includes("${")) continue;
    if (has("Numeric")) for (const near of [-1, 0, 1]) out.add(String(Number(value) + near));
    else if (has("Date")) for (const near of [-1, 0, 1]) out.add(shifted(value, near));
    else if (has("IpAddress")) out.add(value.split("/")[0] ?? value);
    else if (has("Null")) continue;
    else out.add(instance(value));
  }
  if (has("Bool")) ["true", "false"].forEach((value) => out.add(value));
  else if (has("IpAddress")) ["198.51.100.77", "2001:db8:ffff::77"].forEach((value) => out.add(value));
  else if (has("Arn")) out.add(`arn:aws:iam::000000000000:role/${FRESH}`);
  else if (!has("Numeric") && !has("Date") && !has("Binary")) out.add(FRESH);
  return [...out];
}

/** A text that a pattern matches. */
export function instance(pattern: string): string {
  return pattern.replace(/[*?]/g, "x");
}

function shifted(value: string, days: number): string {
  const time = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value);
  return new Date(time + days * 86_400_000).toISOString();
}
