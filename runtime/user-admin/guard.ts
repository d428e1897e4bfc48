import { z } from "zod";
import type { GuardInput } from "../contract/admin-payloads.ts";
import type { AdminKind } from "../shared/admin.ts";

const Body = z.strictObject({ isProtected: z.boolean() });

/**
 * What stands before everything else in the order of deletion: it refuses while the environment is protected. Refused here rather than
 * by the engine's own protection, because the engine (3.220) then looks for all that is below on every way that leads to it: minutes
 * for a few tenants, and no end for many.
 */
export const guard: AdminKind<GuardInput["body"]> = {
  parse: (body) => Body.parse(body),
  apply: (_name, { isProtected }) => Promise.resolve({ isProtected: String(isProtected) }),
  remove: (name, { isProtected }) =>
    isProtected
      ? Promise.reject(
          new Error(
            `${name} is not destroyed, and nothing of it was deleted: bulkhead:protectTenants is true. Deploy it as false first (docs/deploy.md)`,
          ),
        )
      : Promise.resolve(),
};
