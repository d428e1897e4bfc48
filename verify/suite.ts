/** Carries out the cases of a grammar on a stage, each with its positive control, and compares what blocked it. */
import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import { verdictOf, type Verdict } from "./answers.ts";
import { build } from "./build.ts";
import { Identities } from "./callers.ts";
import type { Case } from "./expand.ts";
import type { Api, Grammar } from "./grammar.ts";
import { verdictOfHttp } from "./http-answers.ts";
import { notExercised, type Attempted } from "./outcome.ts";
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
import type { LoggedRefusal } from "./target.ts";
import { fillPattern, type Values } from "./template.ts";

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

/** What came of one request. */
interface Tried {
  readonly answer: Answer;
  readonly verdict: Verdict;
}

export class Suite {
  readonly #grammar: Grammar;
  readonly #stage: Stage;
  readonly #generated: Generated;
  readonly #identities: Identities;
  readonly #functions = pLimit(FUNCTIONS_AT_ONCE);
  readonly #values = new Map<string, Promise<Values>>();
  readonly #controls = new Map<string, Promise<string | undefined>>();

  constructor(grammar: Grammar, stage: Stage, generated: Generated) {
    this.#grammar = grammar;
    this.#stage = stage;
    this.#generated = generated;
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
        const attempted = await this.#judge(each, decisions);
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
    const attempt = { of, name: `${attacker.id}, ${name}`, own, target };
    try {
      const tried = await this.#send(of.caller, api, of.way, attacker, own, target);
      if (typeof tried === "string") return { ...attempt, missing: tried };
      const control = await this.#control(api, named === "nobody" ? attacker : named);
      return { ...attempt, tried, ...(control === undefined ? {} : { control }) };
    } catch (error) {
      return { ...attempt, broken: String(error) };
    }
  }

  async #judge(
    attempt: Attempt,
    decisions: ReadonlyMap<string, readonly LoggedRefusal[]> | undefined,
  ): Promise<Attempted> {
    const { of, name, tried, control } = attempt;
    const { layer, engineOnly, status } = of.blocker;
    const about = { name, group: this.#api(of.api).service, layer };
    if (attempt.missing !== undefined) return notExercised(about, attempt.missing);
    if (!tried)
      return {
        ...about,
        expected: "refused",
        actual: "allowed",
        by: "",
        faults: [`could not be carried out: ${attempt.broken ?? ""}`],
      };
    const logged = decisions?.get(tried.answer.requestId ?? "") ?? [];
    const refusal = logged.findLast(({ allowed }) => !allowed)?.detail;
    const { verdict } = tried;
    const faults: string[] = [];
    let by = "by" in verdict ? verdict.by : "";
    let refused = verdict.kind === "refused" || (verdict.kind === "other" && tried.answer.status === status);
    const http = this.#api(of.api).service === "http";
    if (verdict.kind === "unsigned") {
      const meant =
        of.caller === "anonymous" ||
        this.#grammar.ways[of.way]?.sign === "redirected" ||
        tried.answer.status === status;
      refused = meant;
      if (!meant) faults.push(`its signature was not accepted: ${by}`);
    } else if (!refused) {
      const passed = verdict.kind === "done" || (!http && logged.length > 0 && refusal === undefined);
      faults.push(
        passed ? `was allowed${by === "" ? "" : ` (${by})`}` : `was answered ${by}, which is no refusal`,
      );
    }
    if (refused && refusal !== undefined) by = refusal;
    // Only the embedded account tells which statement decided.
    const known = decisions !== undefined || http;
    if (refused && known) {
      const pattern = fillPattern(
        of.blocker.by,
        valuesOf(await this.#platform(), attempt.own, attempt.target),
      );
      if (!pattern.test(by)) faults.push(`was refused by something else than /${of.blocker.by}/: ${by}`);
    }
    if (control !== undefined) faults.push(`its control did not work: ${control}`);
    return {
      ...about,
      expected: "refused",
      actual: refused ? (engineOnly && faults.length === 0 ? "not-exercised" : "refused") : "allowed",
      by,
      faults,
    };
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
    const values = valuesOf(await this.#platform(), own, target);
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

  #platform(): Promise<Values> {
    return Promise.resolve(platformValues(this.#stage.target, this.#generated));
  }
}

interface Attempt {
  readonly of: Case;
  readonly name: string;
  readonly own: Values;
  readonly target: Values;
  /** Why there is nobody to carry it out. */
  readonly missing?: string;
  readonly broken?: string;
  readonly tried?: Tried;
  /** What is wrong with its control. */
  readonly control?: string;
}
