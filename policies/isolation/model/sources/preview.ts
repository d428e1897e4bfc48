/** `pulumi preview --json --show-sames`: what will be there after the update. */
import { z } from "zod";
import type { ModelResource } from "../resource.ts";
import { resourceOf, State } from "./export.ts";

const Preview = z.object({
  steps: z.array(
    z.object({ op: z.string(), urn: z.string(), oldState: State.nullish(), newState: State.nullish() }),
  ),
});

/** Steps after which a resource is no more, or is no longer looked after. */
const GONE = /^(delete|delete-replaced|discard|discard-replaced|remove-pending-replace|read-discard)$/;

/** Steps that leave a resource as it is: its outputs stay. */
const UNCHANGED = /^(same|refresh|read)$/;

/** Steps that keep a resource, and with it what AWS named it by: others refer to that. */
const KEPT = /^(same|refresh|read|update)$/;

/**
 * The resources that an update leaves. Without `--show-sames` those that do not change are missing, and with them whatever the
 * others refer to: the account model says so.
 * @throws z.ZodError for what is not a preview
 */
export function fromPreview(json: unknown): readonly ModelResource[] {
  const last = new Map<string, ModelResource>();
  for (const { op, urn, oldState, newState } of Preview.parse(json).steps) {
    if (GONE.test(op) || !newState) continue;
    // The engine writes outputs, a key's id for one, in the old state alone.
    const outputs = newState.outputs ?? (KEPT.test(op) ? oldState?.outputs : undefined);
    last.set(urn, resourceOf({ ...newState, outputs }, UNCHANGED.test(op) ? "outputs" : "inputs"));
  }
  return [...last.values()];
}
