/** Shows forged tokens at both doors: the API, and the broker, which verifies once more. */
import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import { askBroker } from "./callers.ts";
import { expandTokens, TOKEN_LAYER, type TokenCase } from "./expand.ts";
import type { Grammar } from "./grammar.ts";
import { notExercised, type Attempted } from "./outcome.ts";
import { send } from "./request.ts";
import type { Stage } from "./stage.ts";
import type { SuiteOptions } from "./suite.ts";
import { forge, poolKey, type Genuine } from "./tokens.ts";

/** Each of these runs a function. */
const CONCURRENCY = 3;
const TRIES = 4;
const RETRY_MS = 500;

/** @param tokens of a member of the attacker's tenant */
export async function runTokens(
  grammar: Grammar,
  stage: Stage,
  tokens: Pick<Genuine, "accessToken" | "idToken">,
  { signal, onDone }: SuiteOptions = {},
): Promise<Attempted[]> {
  const genuine = { ...tokens, poolKey: await poolKey(stage) };
  // The genuine token opens both doors, or a refusal says nothing.
  const controls = {
    api: await patiently(() => show(stage, "api", genuine.accessToken)),
    broker: await patiently(() => show(stage, "broker", genuine.accessToken)),
  };
  const limit = pLimit(CONCURRENCY);
  const cases = expandTokens(grammar).filter(
    ({ target }) => target === "none" || (stage.named[target]?.length ?? 0) > 0,
  );
  return Promise.all(
    cases.map((each) =>
      limit(async () => {
        signal?.throwIfAborted();
        const attempted = await attempt(grammar, stage, genuine, each, controls[each.door]);
        onDone?.(attempted);
        return attempted;
      }),
    ),
  );
}

async function attempt(
  grammar: Grammar,
  stage: Stage,
  genuine: Genuine,
  { token, door, target }: TokenCase,
  control: Shown,
): Promise<Attempted> {
  const tenant = target === "none" ? "" : (stage.named[target]?.[0]?.id ?? "");
  const about = {
    name: `${stage.attacker.id}, token: ${token}, claiming ${tenant === "" ? "no tenant" : tenant}, shown to the ${door === "api" ? "API" : "broker"}`,
    group: "tokens",
    layer: TOKEN_LAYER,
  };
  const fault = (text: string): Attempted => ({
    ...about,
    expected: "refused",
    actual: "allowed",
    by: "",
    faults: [text],
  });
  try {
    const forged = await forge(token, genuine, tenant, stage);
    if (forged === undefined)
      return notExercised(about, "it takes the user pool's own signing key, which nobody has");
    const shown = await patiently(() => show(stage, door, forged));
    if (shown.opened) return fault("was accepted");
    const expected = new RegExp(grammar.tokens[token]?.by ?? ".");
    const faults = expected.test(shown.by)
      ? []
      : [`was refused by something else than /${expected.source}/: ${shown.by}`];
    if (!control.opened) faults.push(`its control did not work: ${control.by}`);
    return { ...about, expected: "refused", actual: "refused", by: shown.by, faults };
  } catch (error) {
    return fault(`could not be carried out: ${String(error)}`);
  }
}

interface Shown {
  readonly opened: boolean;
  readonly by: string;
}

/** A function that was not ready in time is asked again. */
async function patiently(ask: () => Promise<Shown>): Promise<Shown> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === TRIES) throw error;
      await sleep(RETRY_MS * tries);
    }
  }
}

async function show({ target }: Stage, door: TokenCase["door"], token: string): Promise<Shown> {
  if (door === "broker") {
    const response = await askBroker(target, { token });
    return response.granted
      ? { opened: true, by: "" }
      : { opened: response.code === "unavailable", by: `the broker: ${response.code}` };
  }
  const { status } = await send({
    method: "GET",
    endpoint: target.deployment.apiUrl,
    path: "/v1/me",
    headers: { authorization: `Bearer ${token}` },
  });
  if (status !== 200 && status !== 401 && status !== 403) throw new Error(`GET /v1/me answered ${status}`);
  return { opened: status === 200, by: `the API: ${status}` };
}
