/**
 * The account under load, in a process of its own, so that its memory can be told from the clients': deploys the tenants by the real
 * program, stores their documents, hands out tokens, and then answers until it is told to end.
 */
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import { ApiClient } from "../demo/api-client.ts";
import { Operator, type Deployment } from "../demo/operator.ts";
import { openEmbedded, wipeEmbedded } from "../embedded.ts";
import { Engine } from "../engine/engine.ts";
import { LOCAL_STACK } from "../paths.ts";
import { DOCUMENT_NAME, documentOf, loadTenants, writeTenantFiles } from "./tenants.ts";

/** What the process is started with, as JSON in its only argument. */
export interface ServerOptions {
  readonly folder: string;
  readonly tenants: number;
}

/** What it tells its parent. */
export type ServerMessage =
  | { readonly type: "status"; readonly text: string }
  | {
      readonly type: "ready";
      readonly apiUrl: string;
      /** By tenant. */
      readonly tokens: Readonly<Record<string, string>>;
      readonly resources: number;
      readonly deploySeconds: number;
    }
  | { readonly type: "memory"; readonly rss: number; readonly heapUsed: number; readonly external: number }
  | { readonly type: "failed"; readonly reason: string };

const INGEST_MS = 120_000;
const tell = (message: ServerMessage): void => {
  process.send?.(message);
};

async function main({ folder, tenants: count }: ServerOptions): Promise<void> {
  const tenants = loadTenants(count);
  const files = join(folder, "tenants");
  writeTenantFiles(files, tenants);
  const account = join(folder, "account");
  // The port is another one each time, and is part of what is deployed.
  wipeEmbedded(account);
  const embedded = await openEmbedded({ folder: account, port: 0 });
  const end = async (): Promise<void> => {
    await embedded.close();
    process.exit(0);
  };
  process.on("message", (message) => {
    if (message === "end") void end();
    const { rss, heapUsed, external } = process.memoryUsage();
    if (message === "memory") tell({ type: "memory", rss, heapUsed, external });
  });
  process.on("disconnect", () => void end());

  tell({ type: "status", text: `deploying ${count} tenants` });
  const engine = await Engine.open({
    folder: embedded.folder,
    debugProviders: embedded.debugProviders,
    stack: LOCAL_STACK,
    tenants: files,
  });
  const update = await engine.up();
  const deployment = update.outputs as unknown as Deployment;
  const operator = new Operator(embedded.gateway, deployment);
  const tokens: Record<string, string> = {};
  const limit = pLimit(4);
  await Promise.all(
    tenants.map((tenant) =>
      limit(async () => {
        const username = `user-${tenant.id}`;
        const email = `user@${tenant.id}.example`;
        const user = await operator.invite({ username, email, tenant: tenant.id, groups: ["regular"] });
        const { accessToken: token } = await operator.signIn(user);
        tokens[tenant.id] = token;
        const api = new ApiClient(deployment.apiUrl, token);
        await api.putDocument({ name: DOCUMENT_NAME, content: documentOf(tenant) });
        await ingested(api);
        tell({
          type: "status",
          text: `${Object.keys(tokens).length} of ${count} tenants have their document`,
        });
      }),
    ),
  );
  tell({
    type: "ready",
    apiUrl: deployment.apiUrl,
    tokens,
    resources: embedded.gateway.account.resources().length,
    deploySeconds: update.seconds,
  });
}

async function ingested(api: ApiClient): Promise<void> {
  const until = Date.now() + INGEST_MS;
  for (;;) {
    const entry = (await api.documents()).find(({ name }) => name === DOCUMENT_NAME);
    if (entry?.state === "indexed") return;
    if (entry?.state === "failed" || Date.now() > until)
      throw new Error(`not ingested: ${entry?.reason ?? ""}`);
    await sleep(300);
  }
}

main(JSON.parse(process.argv[2] ?? "{}") as ServerOptions).catch((error: unknown) => {
  tell({ type: "failed", reason: reasonOf(error) });
  process.exitCode = 1;
  process.disconnect();
});

/** `fetch` tells what happened in its error's cause only. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${reasonOf(error.cause)}`;
}
