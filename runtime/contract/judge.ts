import { z } from "zod";

/**
 * Judges a value that anybody may have written, as `safeParse` does, and never throws: zod looks at the `length` of whatever has one,
 * be it in place of a text, and a length that can't be a number (`{"length": [[{"toString": 0}]]}`) ends in a TypeError.
 */
export function judge<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): { success: true; data: z.infer<Schema> } | { success: false; error: z.core.$ZodError } {
  try {
    return schema.safeParse(value);
  } catch (fault) {
    if (!(fault instanceof TypeError)) throw fault;
    const message = "holds an object where a text, a number or a list is expected";
    const error = new z.ZodError([{ code: "custom", path: [], message, input: value }]);
    return { success: false, error };
  }
}
