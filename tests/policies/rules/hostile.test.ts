/** Every rule that has cases as data, fed what no program of ours would hand it: none passes by stopping, or by taking what it can't read for fine. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { rules } from "../../../policies/catalogue.ts";
import type { Rule } from "../../../policies/support/rule.ts";
import { type Case, type CaseResource, changed, readCases, stackOf, UNKNOWN_MARK } from "../support/cases.ts";
import { violations } from "../support/stack.ts";

const FOLDER = new URL("../../scenarios/rules/", import.meta.url);
type Resources = Readonly<Record<string, CaseResource>>;
type Path = readonly (string | number)[];

const said = (rule: Rule, resources: Resources, { stack = "dev", config = {} }: Partial<Case> = {}) =>
  violations(rule, stackOf(resources, stack), { ...config });

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Every place in the properties, the outer ones first; a JSON text is one place. */
function places(value: unknown, at: Path = []): Path[] {
  if (isObject(value) && "$json" in value) return [at];
  const inner = Array.isArray(value)
    ? value.flatMap((each, index) => places(each, [...at, index]))
    : isObject(value)
      ? Object.entries(value).flatMap(([key, each]) => places(each, [...at, key]))
      : [];
  return at.length === 0 ? inner : [at, ...inner];
}

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((at, step) => (at as Record<string | number, unknown>)[step], value);

function withValue(resources: Resources, name: string, path: Path, value: unknown): Resources {
  const copy = structuredClone(resources) as Record<string, CaseResource>;
  const holder = valueAt(copy[name]?.props, path.slice(0, -1)) as Record<string | number, unknown>;
  if (value === undefined) Reflect.deleteProperty(holder, path.at(-1) ?? "");
  else holder[path.at(-1) ?? ""] = value;
  // What replaces a value comes from no resource.
  const refs = { ...copy[name]?.refs };
  Reflect.deleteProperty(refs, String(path[0]));
  copy[name] = { ...copy[name], refs } as CaseResource;
  return copy;
}

/** Changes every value of the properties, the inner ones first. */
function mapped(resources: Resources, change: (value: unknown, key: string) => unknown): Resources {
  const walk = (value: unknown, key: string): unknown => {
    if (isObject(value) && "$json" in value) return change(value, key);
    if (Array.isArray(value))
      return change(
        value.map((each) => walk(each, key)),
        key,
      );
    if (isObject(value))
      return change(
        Object.fromEntries(Object.entries(value).map(([name, each]) => [name, walk(each, name)])),
        key,
      );
    return change(value, key);
  };
  return Object.fromEntries(
    Object.entries(resources).map(([name, each]) => [
      name,
      {
        ...each,
        props: Object.fromEntries(Object.entries(each.props).map(([key, value]) => [key, walk(value, key)])),
      },
    ]),
  );
}

const HOSTILE: readonly unknown[] = [
  null,
  "",
  "x",
  0,
  -1,
  true,
  false,
  [],
  {},
  [null],
  ["x"],
  [[]],
  { x: null },
];

/** Other forms of the same: what is blocked in one is blocked in each. */
const FORMS: Readonly<Record<string, (value: unknown, key: string) => unknown>> = {
  "policies as objects in place of JSON texts": (value) =>
    isObject(value) && "$json" in value ? value["$json"] : parsedOr(value),
  "policies as JSON texts in place of objects": (value) =>
    isObject(value) && "Statement" in value ? JSON.stringify(value) : value,
  "the tenant's tag in another letter case": (value, key) =>
    key === "tags" && isObject(value)
      ? Object.fromEntries(
          Object.entries(value).map(([tag, of]) => [tag.replace(/^tenant_id$/, "tENANT_iD"), of]),
        )
      : value,
  "strings in place of lists": (value) =>
    Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === "string")
      ? value.join(" ")
      : value,
};

function parsedOr(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** As the engine marks a secret. */
const secret = (value: unknown): unknown => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"))) {
  const name = file.replace(/\.yaml$/, "");
  describe(`rule ${name}, fed hostile input`, function () {
    this.timeout(120_000);
    const rule = rules.find((each) => each.name === name);
    if (!rule) throw new Error(`no rule ${name}`);
    const { resources, cases } = readCases(new URL(file, FOLDER));
    const blocked = cases.filter((each) => each.violations.length > 0);

    it("ends with a verdict whatever stands where, and takes nothing that it looks at for fine when that is not known", async () => {
      for (const [of, { props }] of Object.entries(resources))
        for (const path of places(props)) {
          let looks = false;
          for (const value of HOSTILE)
            looks ||= (await said(rule, withValue(resources, of, path, value))).length > 0;
          const where = `${of}.${path.join(".")}`;
          if (looks)
            assert.notDeepEqual(
              await said(rule, withValue(resources, of, path, UNKNOWN_MARK)),
              [],
              `${where} unknown`,
            );
        }
    });

    it("takes null for what it is, an absent value", async () => {
      for (const [of, { props }] of Object.entries(resources))
        for (const path of places(props)) {
          if (typeof path.at(-1) === "number") continue;
          const without = await said(rule, withValue(resources, of, path, undefined));
          if (without.length > 0)
            assert.notDeepEqual(
              await said(rule, withValue(resources, of, path, null)),
              [],
              `${of}.${path.join(".")} null`,
            );
        }
    });

    for (const [form, change] of Object.entries(FORMS))
      it(`blocks as before: ${form}`, async () => {
        for (const each of blocked)
          assert.notDeepEqual(
            await said(rule, mapped(changed(resources, each), change), each),
            [],
            each.name,
          );
      });

    it("reads secrets as it reads other values", async () => {
      for (const each of cases) {
        const wrapped = Object.fromEntries(
          Object.entries(changed(resources, each)).map(([key, one]) => [
            key,
            {
              ...one,
              props: Object.fromEntries(Object.entries(one.props).map(([at, value]) => [at, secret(value)])),
            },
          ]),
        );
        if (each.stack !== "local")
          assert.deepEqual(await said(rule, wrapped, each), each.violations, each.name);
      }
    });
  });
}
