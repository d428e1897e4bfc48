import { randomUUID } from "node:crypto";
import { AwsError } from "../../gateway/contract.ts";
import type { Behaviours, Draft } from "../behaviour.ts";
import { UPPER, characters } from "../ids.ts";
import { findRole } from "../references.ts";
import { text } from "../values.ts";

const noSuchRole = (name: string) =>
  new AwsError("NoSuchEntity", `The role with name ${name} cannot be found.`, 404);

const exists = (kind: string, name: string) =>
  new AwsError("EntityAlreadyExists", `${kind} with name ${name} already exists.`, 409);

function verifyRole(draft: Draft): void {
  const boundary = text(draft.inputs, "permissionsBoundary");
  if (boundary !== "") mustBeAttachable(draft, boundary);
}

/** AWS's own policies exist in every account; others must be in this one. */
function mustBeAttachable(draft: Draft, policyArn: string): void {
  const own = draft.account.resource("aws:iam/policy:Policy", policyArn);
  if (!own && !policyArn.startsWith(`arn:${draft.place.partition}:iam::aws:policy/`))
    throw new AwsError("NoSuchEntity", `Policy ${policyArn} does not exist or is not attachable.`, 404);
}

function verifyInRole(draft: Draft): void {
  const role = text(draft.inputs, "role");
  if (!findRole(draft.account, role)) throw noSuchRole(role);
}

export const iam: Behaviours = {
  "aws:iam/role:Role": {
    defaults: { path: "/", maxSessionDuration: 3600, description: "", forceDetachPolicies: false },
    id: (inputs) => text(inputs, "name"),
    conflict: (inputs) => exists("Role", text(inputs, "name")),
    verify: verifyRole,
    // Every role that is made gets an id that no other has had.
    outputs: ({ before }) => ({
      uniqueId: before?.outputs["uniqueId"] ?? `AROA${characters(randomUUID(), UPPER, 17)}`,
    }),
  },
  "aws:iam/rolePolicy:RolePolicy": {
    id: (inputs) => `${text(inputs, "role")}:${text(inputs, "name")}`,
    conflict: (inputs) => exists("Role policy", text(inputs, "name")),
    verify: verifyInRole,
  },
  "aws:iam/policy:Policy": {
    defaults: { path: "/" },
    id: (inputs, _seed, place) =>
      `arn:${place.partition}:iam::${place.account}:policy${text(inputs, "path") || "/"}${text(inputs, "name")}`,
    conflict: (inputs) =>
      new AwsError("EntityAlreadyExists", `A policy called ${text(inputs, "name")} already exists.`, 409),
    outputs: (draft) => ({ policyId: `ANPA${characters(draft.urn, UPPER, 17)}`, attachmentCount: 0 }),
  },
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
    id: (inputs) => `${text(inputs, "role")}/${text(inputs, "policyArn")}`,
    verify: (draft) => {
      verifyInRole(draft);
      mustBeAttachable(draft, text(draft.inputs, "policyArn"));
    },
  },
};
