import type * as pulumi from "@pulumi/pulumi";

/**
 * Aliases of what once was a child of another component: without them a resource that moves in the program is replaced in
 * the account, and a key or a table with it.
 */
export function formerly(parent: pulumi.Resource | undefined): pulumi.Alias[] {
  return parent ? [{ parent }] : [];
}
