/** Carries out the cases of a grammar on a stage, each with its positive control. */
import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import { verdictOf } from "./answers.ts";
import { build } from "./build.ts";
import { Identities } from "./callers.ts";
import type { Case } from "./expand.ts";
import type { Api, Grammar } from "./grammar.ts";
import { verdictOfHttp } from "./http-answers.ts";
import { judge, type Attempt, type Tried } from "./judge.ts";
import type { Attempted } from "./outcome.ts";
import { send, type Answer } from "./request.ts";
import {
  noTenantValues,
  platformValues,
  tenantValues,
  valuesOf,
  type Generated,
  type Party,
  type Stage,
} from "./stage.ts";
import type { Values } from "./template.ts";

export interface SuiteOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onDone?: ((done: Attempted) => void) | undefined;
}

/** Requests under way at once. */
const CONCURRENCY = 8;
/** Requests that start functions: each may start another process of them. */
const FUNCTIONS_AT_ONCE = 3;
const TRIES = 4;
const RETRY_MS = 500;
/** Decisions are read from the log after so many cases, while it still holds them. */
const BATCH = 200;

export class Suite {
  readonly #grammar: Grammar;
  readonly #stage: Stage;
  readonly #platform: Values;
  readonly #identities: Identities;
  readonly #functions = pLimit(FUNCTIONS_AT_ONCE);
  readonly #values = new Map<string, Promise<Values>>();
  readonly #controls = new Map<string, Promise<string | undefined>>();

  constructor(grammar: Grammar, stage: Stage, generated: Generated) {
    this.#grammar = grammar;
    this.#stage = stage;
    this.#platform = platformValues(stage.target, generated);
    this.#identities = new Identities(stage.target);
  }

  /** Those of the cases that this stage has everything for: the others are for another attacker. */
  fits({ caller, api, target }: Case): boolean {
    const who = this.#grammar.callers[caller];
    const what = this.#api(api);
    if (who?.tier !== undefined && who.tier !== this.#stage.attacker.tier) return false;
    return this.#named(what, target) !== undefined;
  }

  /** A name under which a case is the same for every attacker; undefined if its caller is one of a tenant. */
  sameFor({ caller, api, way, target }: Case): string | undefined {
    const who = this.#grammar.callers[caller];
    if (
      who?.is !== "nobody" &&
      who?.is !== "outsider" &&
      (who?.is !== "insider" || who.role?.includes("{own.") === true)
    )
      return undefined;
    const named = this.#named(this.#api(api), target);
    return JSON.stringify([
      caller,
      api,
      way,
      typeof named === "object" && this.#api(api).names !== "platform" ? named.id : "",
    ]);
  }

  async run(cases: readonly Case[], { signal, onDone }: SuiteOptions = {}): Promise<Attempted[]> {
    const done: Attempted[] = [];
    const limit = pLimit(CONCURRENCY);
    for (let start = 0; start < cases.length; start += BATCH) {
      signal?.throwIfAborted();
      const batch = await Promise.all(
        cases.slice(start, start + BATCH).map((each) => limit(() => this.#attempt(each))),
      );
      const ids = new Set(batch.flatMap(({ tried }) => tried?.answer.requestId ?? []));
      const decisions = await this.#stage.target.decisions?.(ids);
      for (const each of batch) {
        const attempted = judge(each, decisions, this.#platform);
        done.push(attempted);
        onDone?.(attempted);
      }
    }
    return done;
  }

  async #attempt(of: Case): Promise<Attempt> {
    const { attacker } = this.#stage;
    const api = this.#api(of.api);
    const named = this.#named(api, of.target);
    if (named === undefined) throw new Error(`nobody on this stage is ${of.target}`);
    const own = await this.#valuesOf(attacker);
    const target = named === "nobody" ? noTenantValues(this.#stage.target, own) : await this.#valuesOf(named);
    const name = `${of.caller}: ${of.api} on ${target["id"] === "" ? "no tenant" : (target["id"] ?? "")}, ${of.way}`;
    const attempt = {
      of,
      api,
      way: this.#grammar.ways[of.way],
      name: `${attacker.id}, ${name}`,
      own,
      target,
    };
    if (api.needs !== undefined && valuesOf(this.#platform, own, target)[api.needs] === "")
      return { ...attempt, missing: `there is no ${api.needs}: that part is not deployed` };
    try {
      const tried = await this.#send(of.caller, api, of.way, attacker, own, target);
      if (typeof tried === "string") return { ...attempt, missing: tried };
      const control = await this.#control(api, named === "nobody" ? attacker : named);
      return { ...attempt, tried, ...(control === undefined ? {} : { control }) };
    } catch (error) {
      return { ...attempt, broken: String(error) };
    }
  }

  /** The harmless twin, once for all attacks that share it. @returns what is wrong with it */
  #control(api: Api, named: Party): Promise<string | undefined> {
    const { attacker } = this.#stage;
    const { by } = api.control;
    const twin = this.#api(api.control.api ?? api.api);
    const fits = (party: Party): boolean => twin.tier === undefined || twin.tier === party.tier;
    const who =
      by !== "outsider" && fits(attacker) ? attacker : fits(named) && named.active ? named : attacker;
    const key = `${by} ${twin.api} ${who.id}`;
    let done = this.#controls.get(key);
    if (!done) this.#controls.set(key, (done = this.#runControl(by, twin, who)));
    return done;
  }

  async #runControl(by: string, twin: Api, who: Party): Promise<string | undefined> {
    const values = await this.#valuesOf(who);
    const tried = await this.#send(by, twin, "plain", who, values, values);
    if (typeof tried === "string") return tried;
    const { verdict, answer } = tried;
    if (verdict.kind === "done") return undefined;
    const passed = twin.incomplete === true || answer.status === 501;
    if (verdict.kind === "other" && passed) {
      const logged = await this.#stage.target.decisions?.(new Set([answer.requestId ?? ""]));
      const decided = logged?.get(answer.requestId ?? "");
      if (decided === undefined || decided.every(({ allowed }) => allowed)) return undefined;
    }
    if (twin.service === "http" && twin.incomplete && answer.status === 400) return undefined;
    return `${by}: ${twin.api} on ${who.id}: ${"by" in verdict ? verdict.by : ""}`;
  }

  async #send(
    caller: string,
    api: Api,
    wayName: string,
    party: Party,
    own: Values,
    target: Values,
  ): Promise<Tried | string> {
    const { target: environment } = this.#stage;
    const who = this.#grammar.callers[caller];
    const way = this.#grammar.ways[wayName];
    if (!who || !way) throw new Error(`there is no caller ${caller} or no way ${wayName}`);
    const values = valuesOf(this.#platform, own, target);
    const identity = await this.#identities.of(who, party, values);
    if (identity.kind === "missing") return identity.because;
    const plain = own["id"] === target["id"] && api.service === "http";
    const request = build(
      api,
      plain && api.names === "tenant" ? { ...way, query: {}, headers: {} } : way,
      values,
      own,
      target,
    );
    const http = api.service === "http";
    const endpoint = http
      ? environment.deployment.apiUrl
      : request.at.includes("://")
        ? request.at
        : environment.endpoint(request.at);
    const sent = {
      ...request,
      endpoint,
      headers: {
        ...request.headers,
        ...(identity.kind === "token" ? { authorization: `Bearer ${identity.token}` } : {}),
      },
    };
    const answer = await (http ? this.#patiently : send)(
      sent,
      identity.kind === "credentials"
        ? {
            credentials: identity.credentials,
            service: api.service,
            region: environment.place.region,
            ...(way.sign === "presigned" ? { presigned: true } : {}),
            ...(way.sign === "redirected" ? { signedPath: request.ownPath } : {}),
          }
        : undefined,
    );
    return { answer, verdict: http ? verdictOfHttp(answer, own, target) : verdictOf(answer) };
  }

  /** The assistant's own API, few at a time, and once more if a function of it was not ready: that is no answer to an attack. */
  readonly #patiently = (...request: Parameters<typeof send>): Promise<Answer> =>
    this.#functions(async () => {
      for (let tries = 1; ; tries++) {
        const answer = await send(...request);
        if (answer.status < 500 || tries === TRIES) return answer;
        await sleep(RETRY_MS * tries);
      }
    });

  /** Whom an API's request names on this stage. */
  #named(api: Api, kind: Case["target"]): Party | "nobody" | undefined {
    const { attacker, named } = this.#stage;
    const own = api.tier === undefined || api.tier === attacker.tier;
    if (kind === "none") return own ? "nobody" : undefined;
    return named[kind]?.find(
      ({ tier, active }) => (api.tier === undefined || tier === api.tier) && (own || active),
    );
  }

  #api(name: string): Api {
    const api = this.#grammar.apis.find((each) => each.api === name);
    if (!api) throw new Error(`there is no API ${name}`);
    return api;
  }

  #valuesOf(party: Party): Promise<Values> {
    let values = this.#values.get(party.id);
    if (!values) this.#values.set(party.id, (values = tenantValues(this.#stage.target, party)));
    return values;
  }
}
