import type { Context } from "aws-lambda";
import { join } from "node:path";
import { loadGrammar, type Grammar } from "../../verify/grammar.ts";
import { CANARY_TENANTS } from "../contract/names.ts";
import { ownCredentials } from "../shared/aws-credentials.ts";
import { localOrigin } from "../shared/endpoints.ts";
import { readEnvironment } from "../shared/environment.ts";
import { log } from "../shared/log.ts";
import { faultsOf, round } from "./canary.ts";
import { readClients } from "./clients.ts";
import { CanaryTarget, reachable } from "./target.ts";
import { machineToken } from "./tokens.ts";

const env = process.env;
const settings = readEnvironment("canary", ["ENVIRONMENT", "API_URL", "SIGN_IN_DOMAIN", "SECRET"], env);
const region = settings.AWS_REGION;
const origin = localOrigin(env);
const signIn =
  origin === undefined
    ? `https://${settings.SIGN_IN_DOMAIN}.auth.${region}.amazoncognito.com`
    : `${origin}/_auth/${settings.SIGN_IN_DOMAIN}`;

/** Left for taking the documents away again. */
const MARGIN_MS = 60_000;
const INGESTION_SECONDS = 300;

/** The lists that attacks are made from, as the bundle brings them. */
const attacks = (): Grammar => loadGrammar(join(env["LAMBDA_TASK_ROOT"] ?? "", "attacks"));

/** @throws Error if something did not hold: Lambda counts it, and an alarm is raised */
export async function handler(_event: unknown, context: Context): Promise<{ readonly refused: number }> {
  const signal = AbortSignal.timeout(Math.max(1, context.getRemainingTimeInMillis() - MARGIN_MS));
  const [, partition = "aws", , , account = ""] = context.invokedFunctionArn.split(":");
  const clients = await readClients(env, region, settings.SECRET);
  const tokens = new Map<string, string>();
  for (const id of CANARY_TENANTS) tokens.set(id, await machineToken(signIn, clients[id], signal));
  const target = new CanaryTarget({
    place: { environment: settings.ENVIRONMENT, account, region, partition },
    apiUrl: reachable(settings.API_URL, origin),
    origin,
    credentials: () => Promise.resolve(ownCredentials(env)),
    tokens,
  });
  const done = await round(target, attacks(), tokens, { signal, ingestionSeconds: INGESTION_SECONDS });
  const faults = faultsOf(done);
  const refused = done.attacks.filter(({ actual }) => actual === "refused").length;
  log(faults.length > 0 ? "error" : "info", {
    canary: faults.length > 0 ? "broken" : "held",
    steps: done.smoke.length,
    attacks: done.attacks.length,
    refused,
    faults: faults.slice(0, 50),
  });
  if (faults.length > 0)
    throw new Error(`isolation or the main job did not hold: ${faults.length} faults, see the log`);
  return { refused };
}
