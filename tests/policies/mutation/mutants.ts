/** Every change of one place of a model that might let somebody in, or keep an owner out. */
import type { AccountModel } from "../../../policies/isolation/model/account.ts";
import type { PolicyDocument, Statement } from "../../../policies/isolation/types.ts";
import { type Place, placesOf, statementsOf, withDocument, withStatements } from "./documents.ts";

export interface Mutant {
  /** Operator and place: `drop condition: StringEquals aws:PrincipalTag/tenant_id of OwnObjects in …`. */
  readonly name: string;
  readonly operator: string;
  /** Whether it changes what tenants' data are kept by, and not only what a part of the platform does. */
  readonly close: boolean;
  readonly model: () => AccountModel;
}

type Change = readonly [operator: string, what: string, statement: Statement | undefined];

export function mutantsOf(model: AccountModel): readonly Mutant[] {
  return [...placesOf(model).flatMap((place) => ofDocument(model, place)), ...ofAccount(model)];
}

function ofDocument(model: AccountModel, place: Place): readonly Mutant[] {
  const { document, name } = place.policy;
  const statements = statementsOf(document);
  const mutant = (operator: string, what: string, changed: () => PolicyDocument): Mutant => ({
    name: `${operator}: ${what} in ${name}`,
    operator,
    close: place.kind !== "identity" || place.ofTenant,
    model: () => withDocument(model, place, changed()),
  });
  return [
    ...statements.flatMap((statement, at) =>
      changesOf(statement, place).map(([operator, what, changed]) =>
        mutant(operator, `${what} of ${statement.Sid ?? `#${at}`}`, () =>
          withStatements(
            document,
            statements.flatMap((each, i) => (i !== at ? [each] : changed === undefined ? [] : [changed])),
          ),
        ),
      ),
    ),
    ...strangersOf(model, place).map((AWS) =>
      mutant("add an Allow", `for ${AWS}`, () =>
        withStatements(document, [
          ...statements,
          {
            Effect: "Allow",
            Principal: { AWS },
            Action: place.kind === "trust" ? "sts:*" : "*",
            ...(place.kind === "trust" ? {} : { Resource: "*" }),
          },
        ]),
      ),
    ),
  ];
}

/** Sessions' roles of each tenant, and everybody: an Allow for them elsewhere is one too many. */
function strangersOf(model: AccountModel, { kind }: Place): readonly string[] {
  if (kind !== "resource" && kind !== "trust") return [];
  return ["*", ...model.roles.filter(({ owner }) => owner !== undefined).map(({ arn }) => arn)];
}

function* changes(statement: Statement, { kind }: Place): Generator<Change> {
  yield ["drop statement", "all", undefined];
  const { Action, Resource, NotResource, Principal, Condition = {}, Effect } = statement;
  const actions = [Action ?? []].flat();
  for (const action of actions) {
    if (actions.length > 1)
      yield ["drop action", action, { ...statement, Action: actions.filter((each) => each !== action) }];
    if (Effect === "Allow" && action !== "*") {
      yield [
        "widen action",
        action,
        { ...statement, Action: [...actions, `${action.split(":")[0] ?? ""}:*`] },
      ];
    }
  }
  if (Effect === "Allow") yield ["widen action", "to all", { ...statement, Action: "*" }];
  for (const resource of [Resource ?? []].flat()) {
    const others = [Resource ?? []].flat().filter((each) => each !== resource);
    if (others.length > 0) yield ["drop resource", resource, { ...statement, Resource: others }];
    if (Effect === "Allow" && resource !== "*") {
      yield [
        "widen resource",
        resource,
        { ...statement, Resource: [...others, `${resource.replace(/\/?[^/]*$/, "")}*`] },
      ];
      yield ["widen resource", `${resource} to all`, { ...statement, Resource: "*" }];
    }
  }
  for (const resource of [NotResource ?? []].flat())
    yield [
      "widen exemption",
      resource,
      { ...statement, NotResource: [...[NotResource ?? []].flat(), `${resource.replace(/\/[^/]*$/, "")}/*`] },
    ];
  if (Principal !== undefined && Effect === "Allow" && Principal !== "*")
    yield ["widen principal", "to all", { ...statement, Principal: "*" }];
  for (const [operator, keys] of Object.entries(Condition)) {
    for (const [key, value] of Object.entries(keys)) {
      const without = Object.fromEntries(Object.entries(keys).filter(([each]) => each !== key));
      const rest = Object.fromEntries(
        Object.entries({ ...Condition, [operator]: without }).filter(
          ([, all]) => Object.keys(all).length > 0,
        ),
      );
      const put = (name: string, listed: unknown): Statement => ({
        ...statement,
        Condition: { ...rest, [name]: { ...rest[name], [key]: listed } } as NonNullable<
          Statement["Condition"]
        >,
      });
      yield ["drop condition", `${operator} ${key}`, { ...statement, Condition: rest }];
      for (const swapped of swaps(operator))
        yield ["swap operator", `${operator} ${key} for ${swapped}`, put(swapped, value)];
      if (operator === "Null")
        yield ["swap value", `${operator} ${key}`, put(operator, value === "true" ? "false" : "true")];
      else if (!operator.includes("Bool")) {
        yield [
          "widen value",
          `${operator} ${key}`,
          put(operator.replace(/Equals/, "Like").replace(/Arn\w*Like/, "ArnLike"), "*"),
        ];
        yield [
          "widen value",
          `${operator} ${key} to a prefix`,
          put(
            operator.replace("StringEquals", "StringLike").replace("StringNotEquals", "StringNotLike"),
            [value].flat().map((each) => `${String(each)}*`),
          ),
        ];
      }
    }
  }
  if (kind === "trust" && Effect === "Allow" && Principal !== undefined)
    yield ["weaken trust", "to the account", { ...statement, Principal: { AWS: "111122223333" } }];
}

const changesOf = (statement: Statement, place: Place): readonly Change[] => [...changes(statement, place)];

function swaps(operator: string): readonly string[] {
  const found = new Set<string>();
  if (operator.startsWith("ForAllValues:")) found.add(operator.replace("ForAllValues", "ForAnyValue"));
  if (operator.startsWith("ForAnyValue:")) found.add(operator.replace("ForAnyValue", "ForAllValues"));
  if (/(?:String|Arn)Equals$/.test(operator))
    found.add(`${operator}IfExists`).add(operator.replace("Equals", "NotEquals"));
  if (operator.includes("NotEquals"))
    found.add(operator.replace("NotEquals", "Equals")).add(`${operator}IfExists`);
  if (operator.endsWith("Like") && !operator.includes("Not")) found.add(operator.replace("Like", "NotLike"));
  if (operator === "Bool") found.add("BoolIfExists");
  return [...found];
}

/** What is not a document: whose a resource is said to be, who is limited, what is put together. */
function ofAccount(model: AccountModel): readonly Mutant[] {
  const mutants: Mutant[] = [];
  const add = (operator: string, what: string, change: () => Partial<AccountModel>): void =>
    void mutants.push({
      name: `${operator}: ${what}`,
      operator,
      close: true,
      model: () => ({ ...model, ...change() }),
    });
  const ids = model.tenants.map(({ id }) => id);
  model.roles.forEach((role, at) => {
    const roles = (other: Partial<typeof role>) => ({ roles: model.roles.with(at, { ...role, ...other }) });
    for (const id of ids)
      if (role.tags["tenant_id"] !== id)
        add("retag", `${role.name} as ${id}`, () => roles({ tags: { ...role.tags, tenant_id: id } }));
    if (role.tags["tenant_id"] !== undefined)
      add("retag", `${role.name} as nobody`, () => roles({ tags: {} }));
    if (role.boundary !== undefined) add("drop boundary", role.name, () => roles({ boundary: undefined }));
  });
  model.knowledgeBases.forEach((base, at) => {
    for (const id of ids)
      if (base.owner !== undefined && base.owner !== id)
        add("retag", `${base.name} as ${id}`, () => ({
          knowledgeBases: model.knowledgeBases.with(at, { ...base, tags: { ...base.tags, tenant_id: id } }),
        }));
  });
  model.keys.forEach((key, at) => {
    for (const other of model.keys)
      if (other !== key && key.owner !== undefined && other.owner !== undefined)
        add("merge", `aliases of ${key.aliases.join()} and ${other.aliases.join()}`, () => ({
          keys: model.keys.with(at, { ...key, aliases: [...key.aliases, ...other.aliases] }),
        }));
    if (key.owner !== undefined)
      add("drop policy", `of key ${key.aliases.join()}`, () => ({
        keys: model.keys.with(at, { ...key, policy: undefined }),
      }));
  });
  model.buckets.forEach((bucket, at) => {
    if (bucket.owner !== undefined)
      add("drop policy", `of bucket ${bucket.name}`, () => ({
        buckets: model.buckets.with(at, { ...bucket, policy: undefined }),
      }));
  });
  model.tables.forEach((table, at) => {
    if (table.policy !== undefined && table.items.length > 0)
      add("drop policy", `of table ${table.name}`, () => ({
        tables: model.tables.with(at, { ...table, policy: undefined }),
      }));
  });
  model.accessPolicies.forEach((policy, at) => {
    for (const role of model.roles)
      if (role.owner !== undefined && policy.owner !== undefined && role.owner !== policy.owner)
        add("add an Allow", `for ${role.name} in ${policy.name}`, () => ({
          accessPolicies: model.accessPolicies.with(at, {
            ...policy,
            document: policy.document.replace('"Principal":[', `"Principal":["${role.arn}",`),
          }),
        }));
  });
  model.domains.forEach((domain, at) => {
    for (const [name, mapping] of Object.entries(domain.security.mappings))
      for (const role of model.roles)
        if (role.owner !== undefined && !JSON.stringify(mapping).includes(role.arn))
          add("merge", `${role.name} into ${name}`, () => ({
            domains: model.domains.with(at, {
              ...domain,
              security: {
                ...domain.security,
                mappings: { ...domain.security.mappings, [name]: { backend_roles: [role.arn] } },
              },
            }),
          }));
  });
  return mutants;
}
