/** Retrieve's metadata filter as a query of the vector store. A filter that is not understood is refused: dropped, it would show more. */
import { invalid, isJson, only, textOf, type Json } from "./bedrock-json.ts";

/** @param properties The index's mapping: text fields are compared by their exact sub-field. */
export function filterQuery(filter: unknown, properties: Json): object {
  const entries = isJson(filter)
    ? Object.entries(filter).filter(([, value]) => value !== undefined && value !== null)
    : [];
  const [first, second] = entries;
  if (!first || second) throw invalid("A filter must have exactly one operator.");
  const [operator, operand] = first;
  const field = (): { field: string; value: unknown } => {
    const { key, value } = only(operand, ["key", "value"], `filter.${operator}`);
    return { field: exactField(textOf(key, `filter.${operator}.key`), properties), value };
  };
  switch (operator) {
    case "equals":
      return term(field());
    case "listContains":
      // The store's term query holds for a list if any of its members is equal.
      return term(field());
    case "notEquals":
      // Also where the key is missing, as on AWS.
      return { bool: { must_not: [term(field())] } };
    case "in":
      return terms(field());
    case "notIn":
      return { bool: { must_not: [terms(field())] } };
    case "andAll":
      return { bool: { filter: members(operator, operand, properties) } };
    case "orAll":
      return { bool: { should: members(operator, operand, properties), minimum_should_match: 1 } };
    default:
      throw invalid(`The embedded account does not support the filter operator '${operator}'.`);
  }
}

function members(operator: string, list: unknown, properties: Json): object[] {
  if (!Array.isArray(list) || list.length < 2) throw invalid(`${operator} needs at least 2 filters.`);
  return list.map((member: unknown) => filterQuery(member, properties));
}

const scalar = (value: unknown): value is string | number | boolean =>
  ["string", "number", "boolean"].includes(typeof value);

function term({ field, value }: { field: string; value: unknown }): object {
  if (!scalar(value)) throw invalid("A filter's value must be a text, number or boolean.");
  return { term: { [field]: value } };
}

function terms({ field, value }: { field: string; value: unknown }): object {
  if (!Array.isArray(value) || value.length === 0 || !value.every(scalar))
    throw invalid("'in' and 'notIn' need a list of values.");
  return { terms: { [field]: value } };
}

function exactField(key: string, properties: Json): string {
  const property = properties[key];
  if (!isJson(property) || property["type"] !== "text") return key;
  const fields = isJson(property["fields"]) ? property["fields"] : {};
  if (!("keyword" in fields))
    throw invalid(
      `The metadata field '${key}' is mapped as text without an exact sub-field: it can't be filtered on.`,
    );
  return `${key}.keyword`;
}
