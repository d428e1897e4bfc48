import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";

/** What an engine does, or would do, to one resource. */
export interface Step {
  /** `create`, `same`, `update`, `delete`, `replace`, `create-replacement`, `delete-replaced`, … */
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  /** Arguments that differ. */
  readonly diffs: readonly string[];
}

/** Collects an engine's steps from its events. */
export function collector(): { readonly steps: Step[]; readonly onEvent: (event: EngineEvent) => void } {
  const steps: Step[] = [];
  const onEvent = ({ resourcePreEvent }: EngineEvent): void => {
    if (!resourcePreEvent) return;
    const { op, urn, type, diffs } = resourcePreEvent.metadata;
    steps.push({ op, urn, type, diffs: diffs ?? [] });
  };
  return { steps, onEvent };
}
