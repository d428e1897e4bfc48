/** Text of statements that take no parameters: names and literals of statements that define something. */

/** A name, quoted: whatever is in it, it is one name. @throws RangeError beyond PostgreSQL's length, where it would be cut off */
export function name(text: string): string {
  if (text === "" || text.includes("\0") || Buffer.byteLength(text) > 63)
    throw new RangeError(`"${text}" is no name in PostgreSQL`);
  return `"${text.replaceAll('"', '""')}"`;
}

/** A name in a schema. */
export const within = (schema: string, of: string): string => `${name(schema)}.${name(of)}`;

/** A text, quoted. */
export function literal(text: string): string {
  if (text.includes("\0")) throw new RangeError("a text in PostgreSQL holds no zero byte");
  // With a backslash it depends on a setting what a text is; this form does not.
  return text.includes("\\")
    ? `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`
    : `'${text.replaceAll("'", "''")}'`;
}
