/** `pulumi stack export`: what is deployed. */
import { z } from "zod";
import type { ModelResource } from "../resource.ts";
import { nameOf, propertiesOf } from "./values.ts";

export const State = z.object({
  urn: z.string(),
  type: z.string(),
  parent: z.string().optional(),
  inputs: z.record(z.string(), z.unknown()).nullish(),
  outputs: z.record(z.string(), z.unknown()).nullish(),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).nullish(),
});

const Export = z.object({ deployment: z.object({ resources: z.array(State) }) });

/** The resources of a state. @throws z.ZodError for what is not an export */
export function fromExport(json: unknown): readonly ModelResource[] {
  // What waits for its deletion is still there, and still counts.
  return Export.parse(json).deployment.resources.map((state) => resourceOf(state));
}

export function resourceOf(
  state: z.infer<typeof State>,
  prefer: "outputs" | "inputs" = "outputs",
): ModelResource {
  const { urn, type, parent, propertyDependencies } = state;
  const inputs = propertiesOf(state.inputs ?? {}, urn);
  const outputs = propertiesOf(state.outputs ?? {}, urn);
  return {
    urn,
    type,
    name: nameOf(urn),
    ...(parent === undefined ? {} : { parent }),
    props: prefer === "outputs" ? { ...inputs, ...outputs } : { ...outputs, ...inputs },
    references: Object.fromEntries(
      Object.entries(propertyDependencies ?? {}).map(([property, urns]) => [property, urns ?? []]),
    ),
  };
}
