/** A tenant's part with its id taken out: what tenants of one class have in common. */
import type { Part } from "./parts.ts";

/** JSON text of each element, by kind and in order. In it stand marks, which JSON never writes as they are. */
export type Template = Readonly<Record<string, readonly string[]>>;

/** Stands for the tenant's id. */
const ID = "\u0001";
/** Stand on either side of a number: an id that AWS generates, one for each resource. */
const GENERATED = "\u0002";

/**
 * What a registry item says and nothing of isolation depends on: two tenants are alike although these differ.
 * What is left tells which resources are the tenant's.
 */
const DESCRIPTIVE: ReadonlySet<string> = new Set([
  "name",
  "status",
  "plan",
  "groups",
  "identity_provider",
  "clients",
  "usage_key",
  "user",
  "client",
  "scopes",
]);

/** Text of a part's elements, with generated ids as marks. The same for tenants that differ in nothing else than their id. */
export function textOf(part: Part): Template {
  const generated = generatedIn(part);
  return Object.fromEntries(
    Object.entries(part).map(([kind, elements]) => [
      kind,
      (elements as readonly unknown[]).map((element) =>
        // A replacer makes it slow, and items alone need it.
        marked(kind === "items" ? JSON.stringify(element, comparable) : JSON.stringify(element), generated),
      ),
    ]),
  );
}

/** The template of a part's text: the id as a mark, wherever it stands as a token of its own. */
export function templateOf(text: Template, id: string): Template {
  const token = new RegExp(`(?<![a-z0-9])${id}(?![a-z0-9])`, "g");
  return mapped(text, (each) => each.replaceAll(token, ID));
}

/** Whether a part is a template's, exactly: every element, and no other. */
export function isInstance(text: Template, template: Template, id: string): boolean {
  const kinds = Object.keys(template);
  return (
    kinds.length === Object.keys(text).length &&
    kinds.every((kind) => {
      const expected = (template[kind] ?? []).map((each) => each.replaceAll(ID, id)).sort();
      const found = [...(text[kind] ?? [])].sort();
      return expected.length === found.length && expected.every((each, i) => each === found[i]);
    })
  );
}

/** The part that a tenant of this id has, with ids of its own where AWS generates them. */
export function instantiate(template: Template, id: string): Part {
  const filled = mapped(template, (text) =>
    text
      .replaceAll(ID, id)
      .replaceAll(
        new RegExp(`${GENERATED}(\\d+)${GENERATED}`, "g"),
        (_, n: string) => `generated-${n}.${id}`,
      ),
  );
  return Object.fromEntries(
    Object.entries(filled).map(([kind, texts]) => [kind, texts.map((text) => JSON.parse(text) as unknown)]),
  ) as unknown as Part;
}

/** One text for a whole template, by which equal ones find each other. */
export const keyOf = (template: Template): string =>
  Object.entries(template)
    .map(([kind, texts]) => [kind, ...[...texts].sort()].join("\n"))
    .sort()
    .join("\n\n");

/** How many elements of each kind: what tenants of one class have in common at least. */
export const shapeOf = (template: Template): string =>
  Object.entries(template)
    .map(([kind, { length }]) => `${kind} ${length}`)
    .sort()
    .join();

function mapped(template: Template, change: (text: string) => string): Template {
  return Object.fromEntries(Object.entries(template).map(([kind, texts]) => [kind, texts.map(change)]));
}

function comparable(key: string, value: unknown): unknown {
  if (key !== "attributes" || typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !DESCRIPTIVE.has(name)));
}

/**
 * What AWS generates for a tenant: ids at the end of ARNs, partitions of machine clients. In an order that neither the tenant's id
 * nor these change.
 */
function generatedIn(part: Part): readonly string[] {
  const arns = [
    part.keys,
    part.knowledgeBases,
    part.profiles,
    part.guardrails,
    part.collections,
    part.memories,
  ]
    .flatMap((list) => list.map(({ urn, arn }) => ({ urn, arn })))
    .sort((a, b) => (a.urn < b.urn ? -1 : 1));
  const owner = part.tenant[0]?.id ?? "";
  const partitions = part.items
    .map(({ item }) => item.partition)
    .filter((partition) => partition !== owner)
    .sort();
  return [...arns.map(({ arn }) => arn.slice(arn.lastIndexOf("/") + 1)), ...partitions].filter(
    (each) => each.length >= 6,
  );
}

function marked(text: string, generated: readonly string[]): string {
  return generated.reduce((result, each, n) => result.replaceAll(each, `${GENERATED}${n}${GENERATED}`), text);
}
