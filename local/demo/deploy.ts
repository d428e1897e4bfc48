import { relative } from "node:path";
import process from "node:process";
import type { Embedded } from "../embedded.ts";
import { Engine, type Update } from "../engine/engine.ts";
import { LOCAL_STACK } from "../paths.ts";
import type { Screen } from "./screen.ts";

export interface Deployed extends Update {
  readonly version: string;
  /** Names of the resources that were created, changed or deleted. */
  readonly touched: readonly string[];
}

export interface DeployOptions {
  readonly signal: AbortSignal;
  /** Folder of the tenants' files. @default the environment's in the project */
  readonly tenants?: string;
}

/** Deploys the stack and shows how far it is. */
export async function deploy(
  embedded: Embedded,
  screen: Screen,
  { signal, tenants }: DeployOptions,
): Promise<Deployed> {
  const engine = await Engine.open({
    folder: embedded.folder,
    debugProviders: embedded.debugProviders,
    stack: LOCAL_STACK,
    ...(tenants === undefined ? {} : { tenants }),
  });
  let planned = 0;
  let made = 0;
  let updating = false;
  const touched = new Set<string>();
  screen.status("starting the engine");
  const update = await engine.up({
    signal,
    onEvent: (event) => {
      // The first prelude is the preview's, the second the update's.
      if (event.preludeEvent) updating = planned > 0;
      const metadata = event.resourcePreEvent?.metadata;
      if (metadata && !updating) screen.status(`preview: ${(planned += 1)} resources`);
      if (metadata && updating) {
        screen.status(`${made} of ${planned} resources: ${nameOf(metadata.urn)}`);
        if (metadata.op !== "same") touched.add(nameOf(metadata.urn));
      }
      if (updating && event.resOutputsEvent) made += 1;
    },
  });
  screen.done(
    `${describe(update.changes)} in ${update.seconds.toFixed(1)} s by the Pulumi engine ${engine.version}, policy pack on`,
  );
  screen.line(screen.style("dim", `      log: ${relative(process.cwd(), engine.log)}`));
  return { ...update, version: engine.version, touched: [...touched] };
}

const WORDS: Readonly<Record<string, string>> = {
  create: "created",
  same: "unchanged",
  update: "updated",
  delete: "deleted",
};

function describe(changes: Update["changes"]): string {
  const parts = Object.entries(changes).filter(([, count]) => count > 0);
  return parts.map(([kind, count]) => `${count} resources ${WORDS[kind] ?? kind}`).join(", ");
}

/** The last part of a URN: the resource's name. */
function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}
