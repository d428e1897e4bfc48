/** A result of PostgreSQL's in the Data API's words, within the Data API's sizes. */
import type { FieldDef } from "pg";
import { AwsError } from "../../contract.ts";

/** Source: Aurora user guide, "Limitations of the RDS Data API". */
export const MAX_RESULT_BYTES = 1024 * 1024;
export const MAX_ROW_BYTES = 64 * 1024;

/** PostgreSQL's ids of types; arrays are all others whose name begins with `_`, and have ids of their own. */
const TYPES: Readonly<Record<number, Kind>> = {
  16: "boolean",
  17: "blob",
  20: "long",
  21: "long",
  23: "long",
  26: "long",
  700: "double",
  701: "double",
};
type Kind = "boolean" | "blob" | "long" | "double";

/** As PostgreSQL writes them, in text. */
export type TextRow = readonly (string | null)[];

/** Counts what comes, and refuses what is too much before it is all there. */
export class Meter {
  #bytes = 0;

  add(row: TextRow): void {
    const bytes = row.reduce((sum, value) => sum + (value === null ? 0 : Buffer.byteLength(value)), 0);
    this.#bytes += bytes;
    if (bytes > MAX_ROW_BYTES) throw tooLarge(`a row of more than ${MAX_ROW_BYTES} bytes`);
    if (this.#bytes > MAX_RESULT_BYTES) throw tooLarge(`more than ${MAX_RESULT_BYTES} bytes`);
  }
}

const tooLarge = (what: string): AwsError =>
  new AwsError("UnsupportedResultException", `The result is too large: ${what}.`);

/** A first look at the columns, before any row is read. @throws AwsError for arrays */
export function checkColumns(fields: readonly FieldDef[], arrays: ReadonlySet<number>): void {
  const found = fields.find(({ dataTypeID }) => arrays.has(dataTypeID));
  if (found)
    throw new AwsError(
      "UnsupportedResultException",
      `The result contains the unsupported data type of column ${found.name}: an array.`,
    );
}

type Field = Readonly<Record<string, unknown>>;

export function records(fields: readonly FieldDef[], rows: readonly TextRow[]): Field[][] {
  return rows.map((row) =>
    fields.map(({ dataTypeID }, index) => field(TYPES[dataTypeID], row[index] ?? null)),
  );
}

function field(kind: Kind | undefined, value: string | null): Field {
  if (value === null) return { isNull: true };
  switch (kind) {
    case "boolean":
      return { booleanValue: value === "t" };
    case "blob":
      return { blobValue: Buffer.from(value.replace(/^\\x/, ""), "hex").toString("base64") };
    case "long":
      return { longValue: Number(value) };
    case "double":
      return { doubleValue: Number(value) };
    case undefined:
      return { stringValue: value };
  }
}

/** `formatRecordsAs: JSON`: an object for each row, by the columns' labels. */
export function formatted(fields: readonly FieldDef[], rows: readonly TextRow[]): string {
  const names = fields.map(({ name }) => name);
  if (new Set(names).size !== names.length)
    throw new AwsError("UnsupportedResultException", "The result has two columns of one name.");
  const plain = (field: Field): unknown => ("isNull" in field ? null : Object.values<unknown>(field)[0]);
  const objects = records(fields, rows).map((row): object =>
    Object.fromEntries(row.map((each, index) => [names[index] ?? "", plain(each)])),
  );
  return JSON.stringify(objects);
}

/** Names only: nothing here reads the types. */
export function metadata(fields: readonly FieldDef[]): object[] {
  return fields.map(({ name }) => ({ name, label: name }));
}
