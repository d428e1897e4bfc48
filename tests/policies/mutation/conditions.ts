/** Changes of a statement's conditions. */
import type { Statement } from "../../../policies/isolation/types.ts";
import type { Change } from "./mutant.ts";

type Block = NonNullable<Statement["Condition"]>;
type Values = Block[string][string];

export function* conditionChanges(statement: Statement): Generator<Change> {
  const { Condition: block = {} } = statement;
  if (Object.keys(block).length > 1) yield ["drop condition", "all of them", { ...statement, Condition: {} }];
  for (const [operator, keys] of Object.entries(block)) {
    yield ["drop condition", operator, { ...statement, Condition: without(block, operator) }];
    for (const [key, value] of Object.entries(keys)) {
      const rest = without(block, operator, key);
      const put = (name: string, values: Values, as = key): Statement => ({
        ...statement,
        Condition: { ...rest, [name]: { ...rest[name], [as]: values } },
      });
      const at = `${operator} ${key}`;
      if (Object.keys(keys).length > 1) yield ["drop key", at, { ...statement, Condition: rest }];
      for (const swapped of operatorsFor(operator))
        yield ["swap operator", `${at} for ${swapped}`, put(swapped, value)];
      for (const swapped of qualifiersFor(operator))
        yield ["swap qualifier", `${at} for ${swapped}`, put(swapped, value)];
      for (const [what, name, values] of valuesFor(operator, value))
        yield ["widen value", `${at} ${what}`, put(name, values)];
      if (/tag\//i.test(key))
        yield ["swap key", `${at} for a tag of another name`, put(operator, value, `${key}_2`)];
    }
  }
}

function without(block: Block, operator: string, key?: string): Block {
  const { [operator]: own = {}, ...rest } = block;
  const left = Object.fromEntries(Object.entries(own).filter(([name]) => key !== undefined && name !== key));
  return Object.keys(left).length > 0 ? { ...rest, [operator]: left } : rest;
}

const SET = /^For(AllValues|AnyValue):/;

/** The opposite, and what compares otherwise. */
function operatorsFor(operator: string): readonly string[] {
  const [, qualifier = "", name = "", exists = ""] = /^(For\w+:)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  const found = new Set<string>();
  const add = (other: string): void => void found.add(`${qualifier}${other}${exists}`);
  if (/^String(Not)?(Equals|Like)$/.test(name)) {
    add(name.includes("Not") ? name.replace("Not", "") : name.replace("String", "StringNot"));
    add(name.includes("Equals") ? name.replace("Equals", "Like") : name.replace("Like", "Equals"));
    add(name.replace(/Equals|Like/, "EqualsIgnoreCase"));
  }
  if (/^Arn(Not)?(Equals|Like)$/.test(name))
    add(name.includes("Not") ? name.replace("Not", "") : name.replace("Arn", "ArnNot"));
  if (/^(Not)?IpAddress$/.test(name)) add(name === "IpAddress" ? "NotIpAddress" : "IpAddress");
  found.delete(operator);
  return [...found];
}

function qualifiersFor(operator: string): readonly string[] {
  if (operator === "Null") return [];
  const found = new Set<string>();
  const bare = operator.replace(SET, "");
  if (operator.startsWith("ForAllValues:")) found.add(`ForAnyValue:${bare}`);
  if (operator.startsWith("ForAnyValue:")) found.add(`ForAllValues:${bare}`);
  if (SET.test(operator)) found.add(bare);
  else if (!/^(Bool|Numeric|Date)/.test(operator))
    found.add(`ForAllValues:${operator}`).add(`ForAnyValue:${operator}`);
  found.add(operator.endsWith("IfExists") ? operator.replace("IfExists", "") : `${operator}IfExists`);
  return [...found];
}

function* valuesFor(
  operator: string,
  value: Values,
): Generator<readonly [what: string, operator: string, values: Values]> {
  const all = [value].flat();
  if (operator === "Null" || /Bool/.test(operator)) {
    yield ["to its opposite", operator, String(all[0]) === "true" ? "false" : "true"];
    return;
  }
  if (all.length > 1)
    for (const each of all)
      yield [`without ${String(each)}`, operator, all.filter((other) => other !== each)];
  if (!/(String|Arn)/.test(operator)) return;
  const like = operator.replace(/EqualsIgnoreCase|Equals/, "Like");
  yield ["to any", like, "*"];
  yield ["to what begins so", like, all.map((each) => `${String(each)}*`)];
  yield ["to what ends so", like, all.map((each) => `*${String(each)}`)];
}
