/** The main job, once for each tenant: who signed in is known, stores a document, is answered from it, deletes it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient } from "./api-client.ts";
import type { MeResponse } from "../runtime/contract/api.ts";

export interface Probe {
  /** The document that stays while attacks run. */
  readonly name: string;
  /** Made up for this run: whoever else says it has a leak. */
  readonly canary: string;
}

export interface SmokeResult {
  readonly tenant: string;
  readonly step: string;
  /** What went wrong; none: it worked. */
  readonly fault?: string;
}

const POLL_MS = 500;

/** Stores a document with the canary and asks for it. Stops at the first step that fails. */
export async function smoke(
  api: ApiClient,
  tenant: string,
  { name, canary }: Probe,
  seconds: number,
): Promise<SmokeResult[]> {
  return steps(tenant, {
    "says who signed in": async () => {
      const { status, body } = await api.me();
      const said = (body as MeResponse).tenant;
      if (status !== 200 || said.id !== tenant) throw new Error(`GET /v1/me answered ${status}`);
    },
    "takes a document": async () => {
      await api.putDocument({
        name,
        content: `# ${canary}\n\nThe ${canary} allowance is 417 crowns a month.\n`,
      });
    },
    "ingests it": () => ingested(api, name, seconds),
    "answers from it, with a citation": async () => {
      const { answered, citations } = await api.ask(`What is the ${canary} allowance?`);
      if (!answered || !citations.some(({ corpus, uri }) => corpus === "tenant" && uri.endsWith(`/${name}`)))
        throw new Error(answered ? "the answer does not cite it" : "there is no answer");
    },
  });
}

/** Takes the document away again. */
export function cleanUp(api: ApiClient, tenant: string, { name }: Probe): Promise<SmokeResult[]> {
  return steps(tenant, {
    "deletes the document": async () => {
      const { status } = await api.deleteDocument(name);
      if (status !== 202) throw new Error(`DELETE /v1/documents/${name} answered ${status}`);
      if ((await api.documents()).some((entry) => entry.name === name)) throw new Error("it is still listed");
    },
  });
}

async function ingested(api: ApiClient, name: string, seconds: number): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const entry = (await api.documents()).find((each) => each.name === name);
    if (entry?.state === "indexed") return;
    if (entry?.state === "failed") throw new Error(entry.reason ?? "it failed");
    if (Date.now() > deadline) throw new Error(`it is ${entry?.state ?? "not listed"} after ${seconds} s`);
    await sleep(POLL_MS);
  }
}

async function steps(
  tenant: string,
  todo: Readonly<Record<string, () => Promise<void>>>,
): Promise<SmokeResult[]> {
  const done: SmokeResult[] = [];
  for (const [step, run] of Object.entries(todo)) {
    try {
      await run();
      done.push({ tenant, step });
    } catch (error) {
      done.push({ tenant, step, fault: error instanceof Error ? error.message : String(error) });
      break;
    }
  }
  return done;
}
