import type { AccountModel } from "../model/account.ts";
import type { Template } from "./template.ts";

const RUN = /[a-z0-9]+(?:-[a-z0-9]+)*/g;

/**
 * Tenants whose id stands, as a token, in the platform's part or in what all tenants of a class have in common: whoever reads it may
 * take it for the tenant. By id: where, at most three places.
 */
export function mentions(
  platform: AccountModel,
  classes: readonly { readonly template: Template; readonly name: string }[],
  ids: ReadonlySet<string>,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const longest = Math.max(0, ...[...ids].map((id) => id.split("-").length));
  const look = (text: string, where: string): void => {
    for (const run of new Set(text.match(RUN))) {
      const words = run.split("-");
      for (let from = 0; from < words.length; from++)
        for (let to = from + 1; to <= Math.min(words.length, from + longest); to++) {
          const id = words.slice(from, to).join("-");
          if (!ids.has(id)) continue;
          const places = found.get(id) ?? [];
          if (places.length < 3 && !places.includes(where)) places.push(where);
          found.set(id, places);
        }
    }
  };
  look(policiesOf(platform), "the platform");
  for (const { template, name } of classes)
    look(Object.values(template).flat().join(" ").replaceAll(NAMED, ""), `tenants ${name}`);
  return found;
}

/** What names a resource for people and for the program, and decides nothing. */
const NAMED = /"(?:urn|name|tier|tenant)":"[^"]*"/g;

/** Documents of the platform, and what they are compared with. */
function policiesOf(platform: AccountModel): string {
  return JSON.stringify(platform, (key, value: unknown) =>
    key === "urn" || key === "gaps" ? undefined : value,
  );
}
