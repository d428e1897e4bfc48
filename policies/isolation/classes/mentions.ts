import type { AccountModel } from "../model/account.ts";
import type { Part } from "./parts.ts";

const RUN = /[a-z0-9]+(?:-[a-z0-9]+)*/g;

/**
 * Tenants whose id stands, as a token, in the platform's part or in another tenant's: whoever reads it may take it for the tenant.
 * By id: where, at most three places.
 */
export function mentions(
  platform: AccountModel,
  parts: ReadonlyMap<string, Part>,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const longest = Math.max(0, ...[...parts.keys()].map((id) => id.split("-").length));
  const look = (text: string, where: string, own: string | undefined): void => {
    const seen = new Set<string>();
    for (const [run] of text.matchAll(RUN)) {
      if (seen.has(run)) continue;
      seen.add(run);
      const words = run.split("-");
      for (let from = 0; from < words.length; from++)
        for (let to = from + 1; to <= Math.min(words.length, from + longest); to++) {
          const id = words.slice(from, to).join("-");
          // Its own id within a tenant's part: also what is left of `acme-2` is not `acme`.
          if (!parts.has(id) || id === own || (own !== undefined && holds(own, id))) continue;
          const places = found.get(id) ?? [];
          if (places.length < 3 && !places.includes(where)) places.push(where);
          found.set(id, places);
        }
    }
  };
  look(policiesOf(platform), "the platform", undefined);
  for (const [id, part] of parts) look(namesOf(part), `tenant ${id}`, id);
  return found;
}

/** Whether an id has another one's words in it. */
const holds = (id: string, other: string): boolean => `-${id}-`.includes(`-${other}-`);

/** Documents of the platform, its names, and what they are compared with. */
function policiesOf(platform: AccountModel): string {
  return JSON.stringify(platform, (key, value: unknown) =>
    key === "urn" || key === "gaps" ? undefined : value,
  );
}

const namesOf = (part: Part): string =>
  JSON.stringify(part, (key, value: unknown) =>
    key === "urn" || key === "name" || key === "attributes" ? undefined : value,
  );
