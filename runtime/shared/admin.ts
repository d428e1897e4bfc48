import type { AdminInput, LifecycleEnvelope } from "../contract/admin-payloads.ts";
import { log } from "./log.ts";

/** What applies and removes one kind of admin resource. Both may run again at any time, after any crash. */
export interface AdminKind<Body> {
  /** Creates it or brings it up to date, and verifies that. Its answer becomes the invocation's result: no secrets. */
  apply(name: string, body: Body): Promise<Readonly<Record<string, string | number>>>;
  /** Removes it, or finds it gone, and verifies that. */
  remove(name: string, body: Body): Promise<void>;
  /** Reads a body. @throws Error that says what is wrong with it */
  parse(body: unknown): Body;
}

/** Any kind, its body's type forgotten: `parse` stands between input and the other two. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the body's type differs by kind, and only `parse` makes one
export type AdminKinds = Readonly<Record<string, AdminKind<any>>>;

/**
 * The protocol of admin functions: `kind` chooses what `aws.lambda.Invocation` (lifecycleScope CRUD) creates, updates and deletes. An
 * unknown kind or action is an error: its text is what a failed deployment shows.
 */
export function crud(kinds: AdminKinds): (event: unknown) => Promise<Readonly<Record<string, unknown>>> {
  return async (event) => {
    const { kind, name, body, tf } = readInput(event);
    const handler = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
    if (!handler)
      throw new Error(`unknown kind "${kind}"; this function knows: ${Object.keys(kinds).join(", ")}`);
    const parsed: unknown = handler.parse(body);
    const about = { kind, name };
    switch (tf.action) {
      case "create":
      case "update": {
        const result = await handler.apply(name, parsed);
        log("audit", { ...about, action: tf.action, outcome: "ok", ...result });
        return { ...about, ...result };
      }
      case "delete":
        await handler.remove(name, parsed);
        log("audit", { ...about, action: "delete", outcome: "ok" });
        return { ...about, deleted: true };
      default:
        throw new Error(`unknown action ${JSON.stringify(tf.action)}; known: create, update, delete`);
    }
  };
}

function readInput(event: unknown): AdminInput<string, unknown> & LifecycleEnvelope {
  const input = (typeof event === "object" && event !== null ? event : {}) as Readonly<
    Record<string, unknown>
  >;
  const extra = Object.keys(input).filter((key) => !["kind", "name", "body", "revision", "tf"].includes(key));
  const missing = ["kind", "name", "revision"].filter((key) => typeof input[key] !== "string" || !input[key]);
  if (typeof input["tf"] !== "object" || input["tf"] === null) missing.push("tf");
  if (extra.length > 0 || missing.length > 0)
    throw new Error(
      `not an admin input: ${[...missing.map((key) => `no ${key}`), ...extra.map((key) => `unknown field ${key}`)].join(", ")}`,
    );
  return input as unknown as AdminInput<string, unknown> & LifecycleEnvelope;
}
