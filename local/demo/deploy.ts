import { relative } from "node:path";
import process from "node:process";
import type { Embedded } from "../embedded.ts";
import { Engine, type Update } from "../engine/engine.ts";
import { LOCAL_STACK } from "../paths.ts";
import type { Screen } from "./screen.ts";

export interface Deployed extends Update {
  readonly version: string;
  readonly resources: number;
}

/** Deploys the stack and shows how far it is. */
export async function deploy(embedded: Embedded, screen: Screen, signal: AbortSignal): Promise<Deployed> {
  const engine = await Engine.open({
    folder: embedded.folder,
    debugProviders: embedded.debugProviders,
    stack: LOCAL_STACK,
  });
  let planned = 0;
  let made = 0;
  let updating = false;
  screen.status("starting the engine");
  const update = await engine.up({
    signal,
    onEvent: (event) => {
      if (event.preludeEvent) {
        // The first is the preview's, the second the update's.
        updating = planned > 0;
      }
      if (event.resourcePreEvent) {
        if (updating)
          screen.status(`${made} of ${planned} resources: ${nameOf(event.resourcePreEvent.metadata.urn)}`);
        else screen.status(`preview: ${(planned += 1)} resources`);
      }
      if (updating && event.resOutputsEvent) made += 1;
    },
  });
  const resources = Object.values(update.changes).reduce((sum, count) => sum + count, 0);
  const { version } = engine;
  screen.done(
    `${describe(update.changes)} by the Pulumi engine ${version} in ${update.seconds.toFixed(1)} s, policy pack on`,
  );
  screen.line(`    log: ${relative(process.cwd(), engine.log)}`);
  return { ...update, version, resources };
}

function describe(changes: Update["changes"]): string {
  const parts = Object.entries(changes).filter(([, count]) => count > 0);
  const words: Record<string, string> = {
    create: "created",
    same: "unchanged",
    update: "updated",
    delete: "deleted",
  };
  return parts.map(([kind, count]) => `${count} resources ${words[kind] ?? kind}`).join(", ");
}

/** The last part of a URN: the resource's name. */
function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}
