import * as pulumi from "@pulumi/pulumi";

/** A value that is known once the resources that complete it are there. */
export function after<T>(
  value: pulumi.Output<T>,
  ...resources: readonly pulumi.CustomResource[]
): pulumi.Output<T> {
  const done = pulumi.all(resources.map((resource) => resource.id));
  return pulumi.all([value, done]).apply(([known]) => known as T);
}
