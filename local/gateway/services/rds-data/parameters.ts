/** Named parameters of the Data API, as PostgreSQL takes them: `:name` outside of strings, names and comments becomes `$1`. */
import { z } from "zod";
import { AwsError } from "../../contract.ts";

export const TYPE_HINTS = ["DATE", "DECIMAL", "JSON", "TIME", "TIMESTAMP", "UUID"] as const;

/** One of these; an `arrayValue` is refused, as on AWS. */
export const fieldSchema = z.union([
  z.strictObject({ stringValue: z.string() }),
  z.strictObject({ longValue: z.int() }),
  z.strictObject({ doubleValue: z.number() }),
  z.strictObject({ booleanValue: z.boolean() }),
  z.strictObject({ isNull: z.boolean() }),
  z.strictObject({ blobValue: z.base64() }),
]);

export const parameterSchema = z.strictObject({
  name: z.string(),
  value: fieldSchema,
  typeHint: z.enum(TYPE_HINTS).optional(),
});
export type Parameter = z.infer<typeof parameterSchema>;

export interface Bound {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** What is no parameter, whatever stands in it; then a cast; then a parameter. */
const TOKENS =
  /(?:\b[eE]'(?:[^'\\]|''|\\[\s\S])*(?:'|$))|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|--[^\n]*|(?<comment>\/\*)|(?<![\w$])(?<dollar>\$(?:[A-Za-z_]\w*)?\$)|::|:(?<name>[A-Za-z_]\w*)/g;

/** @throws AwsError for a parameter without a value, or one of two values */
export function bind(sql: string, parameters: readonly Parameter[]): Bound {
  const given = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  if (given.size !== parameters.length)
    throw new AwsError("ValidationException", "A parameter is given twice.");
  const order: string[] = [];
  let text = "";
  let at = 0;
  TOKENS.lastIndex = 0;
  for (let found = TOKENS.exec(sql); found; found = TOKENS.exec(sql)) {
    const { comment, dollar, name } = found.groups ?? {};
    if (comment !== undefined) TOKENS.lastIndex = endOfComment(sql, found.index);
    else if (dollar !== undefined) {
      const end = sql.indexOf(dollar, TOKENS.lastIndex);
      TOKENS.lastIndex = end < 0 ? sql.length : end + dollar.length;
    } else if (name !== undefined) {
      const parameter = given.get(name);
      if (!parameter) throw new AwsError("BadRequestException", `Cannot find parameter: ${name}`);
      if (!order.includes(name)) order.push(name);
      text += `${sql.slice(at, found.index)}CAST($${order.indexOf(name) + 1} AS ${typeOf(parameter)})`;
      at = TOKENS.lastIndex;
    }
  }
  return {
    text: text + sql.slice(at),
    values: order.map((name) => valueOf(given.get(name))),
  };
}

/** Comments nest in PostgreSQL. */
function endOfComment(sql: string, start: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start;
  let depth = 0;
  for (let mark = marks.exec(sql); mark; mark = marks.exec(sql)) {
    depth += mark[0] === "/*" ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return sql.length;
}

const HINTED: Readonly<Record<(typeof TYPE_HINTS)[number], string>> = {
  DATE: "date",
  DECIMAL: "numeric",
  JSON: "jsonb",
  TIME: "time",
  TIMESTAMP: "timestamp",
  UUID: "uuid",
};

/** A text is `varchar` and nothing else: what a column of another type needs is a hint or a cast, as on AWS. */
function typeOf({ value, typeHint }: Parameter): string {
  if (typeHint !== undefined) return HINTED[typeHint];
  if ("longValue" in value) return "bigint";
  if ("doubleValue" in value) return "double precision";
  if ("booleanValue" in value) return "boolean";
  if ("blobValue" in value) return "bytea";
  return "varchar";
}

function valueOf(parameter: Parameter | undefined): unknown {
  const value = parameter?.value ?? { isNull: true };
  if ("isNull" in value) return null;
  if ("blobValue" in value) return Buffer.from(value.blobValue, "base64");
  return Object.values(value)[0];
}
