import { z } from "zod";

import type { InviteRequest, SetGroupsRequest } from "../contract/api.ts";
import { canonicalEmail } from "../shared/users/email.ts";

export const MAX_BODY_BYTES = 10_000;

const groups = z
  .array(z.string("has to be a list of group names"))
  .max(21, "may name at most 21 groups")
  .transform((names) => [...new Set(names)].sort());

export const inviteRequest: z.ZodType<InviteRequest> = z.strictObject({
  email: z.string("has to be text").transform((text, context) => {
    const email = canonicalEmail(text);
    if (email !== undefined) return email;
    context.addIssue("is no e-mail address of at most 100 ASCII characters");
    return z.NEVER;
  }),
  groups,
});

export const setGroupsRequest: z.ZodType<SetGroupsRequest> = z.strictObject({ groups });
