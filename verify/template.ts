/** Values that stand for `{own.bucket}`, `{target.id}` and the like in the attacks' data. */
export type Values = Readonly<Record<string, string>>;

const PLACEHOLDER = /\{([a-z][A-Za-z]*(?:\.[A-Za-z-]+)*)\}/g;

/**
 * Fills the placeholders of a text, or of all texts in lists and objects, keys included.
 * @throws Error naming a placeholder without a value
 */
export function fill<T>(template: T, values: Values): T {
  return walk(template, (text) => fillText(text, values)) as T;
}

/** The same for a regular expression: what is filled in is matched literally. */
export function fillPattern(pattern: string, values: Values): RegExp {
  const quoted = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")]),
  );
  return new RegExp(fillText(pattern, quoted));
}

/** The names of all placeholders, in the order of their first use. */
export function placeholdersOf(template: unknown): string[] {
  const names = new Set<string>();
  walk(template, (text) => {
    for (const [, name = ""] of text.matchAll(PLACEHOLDER)) names.add(name);
    return text;
  });
  return [...names];
}

function fillText(text: string, values: Values): string {
  return text.replaceAll(PLACEHOLDER, (_all, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`there is no value for {${name}} in "${text}"`);
    return value;
  });
}

function walk(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((each) => walk(each, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [change(key), walk(each, change)]));
}
