import type { Request } from "../prove/request.ts";
import type { Subject } from "../prove/subject.ts";
import type { Context } from "../types.ts";

/** What must not be (`separation`) or must be (`liveness`) for all ids. */
export interface Claim {
  readonly question: "separation" | "liveness";
  readonly subject: Subject;
  readonly request: Request;
  readonly context: Context;
  /** The tag of the caller's session, or the one that is asked for, may be any but the owner's; or any at all. */
  readonly any: "caller's tag" | "other requested tag" | "requested tag" | undefined;
}
