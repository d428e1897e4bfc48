import { z } from "zod";

/**
 * Judges a value that anybody may have written, as `safeParse` does, and never throws: zod looks at the `length` of whatever has one,
 * be it in place of a text, and a length that can't be a number (`{"length": [[{"toString": 0}]]}`) ends in a TypeError.
 */
export function judge<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.ZodSafeParseResult<z.infer<Schema>> {
  try {
    return schema.safeParse(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const message = "holds an object where a text, a number or a list is expected";
    return { success: false, error: new z.ZodError([{ code: "custom", path: [], message, input: value }]) };
  }
}
