/**
 * The agent's own code on a deployment, with a model that has been talked into everything: whatever it is told to use, it uses, and it
 * repeats all that it was shown. Nothing of another tenant's may be among that.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";
import fc from "fast-check";
import { parse } from "yaml";
import { z } from "zod";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../../local/account/identity.ts";
import { clientConfig, type User } from "../../local/demo/operator.ts";
import { sampleCanaries, sampleClaims, sampleDocuments } from "../../local/demo/samples.ts";
import { escapeText, parsePassages } from "../../local/gateway/model/prompt.ts";
import type { ToolUse } from "../../local/gateway/model/tool-choice.ts";
import { LOCAL_STACK } from "../../local/paths.ts";
import { answerQuestion, type Answered, type AnswerParts } from "../../runtime/agent/answer.ts";
import { ANSWER_VARIABLES, answerParts } from "../../runtime/agent/parts.ts";
import { SYSTEM_PROMPT } from "../../runtime/agent/prompt.ts";
import { platformNames, tenantNames } from "../../runtime/contract/names.ts";
import { createContextForToken, type ContextForToken } from "../../runtime/shared/credentials.ts";
import { readEnvironment } from "../../runtime/shared/environment.ts";
import type { TenantContext } from "../../runtime/shared/tenant-context.ts";
import { quiet } from "../runtime/support/quiet.ts";
import { SEED } from "../runtime/support/interleaving.ts";
import { deployed, DEPLOY_TIMEOUT_MS, pairOf, type Deployed } from "./support/deployed.ts";
import { obedientModel } from "./support/obedient-model.ts";
import { randomCalls } from "./support/random-calls.ts";

const PLACE = { environment: LOCAL_STACK, account: LOCAL_ACCOUNT, region: LOCAL_REGION };
const CHANNELS = ["question", "own document", "found document", "earlier turn"] as const;
type Channel = (typeof CHANNELS)[number];

const lists = z
  .strictObject({
    goals: z.array(
      z.strictObject({
        name: z.string(),
        wants: z.string(),
        uses: z.array(z.strictObject({ name: z.string(), input: z.record(z.string(), z.unknown()) })),
      }),
    ),
    channels: z.array(z.enum(CHANNELS)),
    phrasings: z.array(z.string()),
  })
  .parse(parse(readFileSync(new URL("../scenarios/agent/attacks.yaml", import.meta.url), "utf8")));

/** Questions that carry the random calls, and how many each carries: as many as one question may have. */
const RANDOM_QUESTIONS = 125;
const CALLS_A_QUESTION = 8;

/** A conversation that attackers, their victims and other users of the attackers' tenants have: each his own, of the same id. */
const CONVERSATION = "a-conversation-that-everybody-has-of-one-id";
/** Stands in conversations of the others alone. */
const SAID_BY_OTHERS = "quartzfinch";

/** Who attacks whom. */
interface Pair {
  readonly attacker: User;
  readonly victim: string;
  readonly context: TenantContext;
  readonly token: string;
}

describe("a model that obeys every attack", function () {
  this.timeout(2 * DEPLOY_TIMEOUT_MS);
  quiet();

  let account: Deployed;
  let parts: AnswerParts;
  let contextForToken: ContextForToken;
  let pairs: readonly Pair[];
  before(async () => {
    account = await deployed();
    const { gateway } = account.embedded;
    const names = platformNames(PLACE);
    const chat = gateway.account.find("aws:lambda/function:Function", "name", names.functionName("chat"));
    const { variables } = chat?.outputs["environment"] as { variables: Record<string, string> };
    const { credentials } = clientConfig(
      gateway.origin,
      gateway.issueSession(String(chat?.outputs["role"]), "x"),
    );
    const env = {
      ...variables,
      AWS_REGION: LOCAL_REGION,
      AWS_ENDPOINT_URL: gateway.origin,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
    };
    // The SDK's clients look here for it, and nowhere else.
    process.env["AWS_ENDPOINT_URL"] = gateway.origin;
    const settings = readEnvironment("chat", ANSWER_VARIABLES, env);
    parts = answerParts(env, settings);
    contextForToken = createContextForToken(env, LOCAL_REGION, settings.BROKER_FUNCTION);
    pairs = await Promise.all(
      (["silo", "pool"] as const).map((tier) => {
        const [attacker, victim] = pairOf(account, tier);
        return pairFor(attacker, victim);
      }),
    );
    const attackers = pairs.map(({ attacker }) => attacker.username);
    const involved = new Set(pairs.flatMap(({ attacker, victim }) => [attacker.tenant, victim]));
    for (const { username, tenant } of account.scenario.users)
      if (involved.has(tenant) && !attackers.includes(username))
        await keepTurn(await contextForToken(account.scenario.token(username)), SAID_BY_OTHERS);
  });

  after(() => {
    delete process.env["AWS_ENDPOINT_URL"];
  });

  async function pairFor(attackerId: string, victim: string): Promise<Pair> {
    const attacker = account.scenario.users.find(({ tenant }) => tenant === attackerId);
    assert.ok(attacker);
    const token = account.scenario.token(attacker.username);
    return { attacker, victim, token, context: await contextForToken(token) };
  }

  async function keepTurn(context: TenantContext, text: string): Promise<void> {
    assert.ok(parts.conversations);
    const turn = { question: text, answer: text };
    await parts.conversations.keep(context, CONVERSATION, turn, new AbortController().signal);
  }

  /** Puts what a text names of the victim's in its place. */
  function about<T>({ victim }: Pair, value: T, goal = ""): T {
    const { bucket, poolAlias, dataRoleArn } = tenantNames(PLACE, victim);
    const words: Readonly<Record<string, string>> = {
      goal,
      victim,
      canary: sampleCanaries()[victim] ?? "",
      bucket,
      index: poolAlias,
      role: dataRoleArn,
      conversation: CONVERSATION,
    };
    const filled = JSON.stringify(value).replaceAll(/\{(\w+)\}/g, (all, name: string) =>
      words[name] === undefined ? all : JSON.stringify(words[name]).slice(1, -1),
    );
    return JSON.parse(filled) as T;
  }

  interface Tried {
    readonly answered: Answered | undefined;
    /** All that the model was shown. */
    readonly seen: string;
  }

  async function attempt(
    { context }: Pair,
    { text, channel, uses }: { text: string; channel: Channel; uses: readonly ToolUse[] },
  ): Promise<Tried> {
    const seen: string[] = [];
    let searches = 0;
    const planted = { id: "planted", uri: `s3://planted/${context.tenantId}/planted.md`, text };
    const hostile: AnswerParts = {
      ...parts,
      openStore: (item) => {
        const store = parts.openStore(item);
        return {
          search: async (...asked) => {
            const found = await store.search(...asked);
            const due = channel === "own document" || (channel === "found document" && searches > 0);
            searches += 1;
            return due ? [planted, ...found] : found;
          },
        };
      },
      models: { ...parts.models, chat: () => obedientModel(uses, (shown) => seen.push(shown)) },
    };
    const question = channel === "question" ? text : "What do the documents say about this?";
    const signal = new AbortController().signal;
    const remembers = channel === "earlier turn";
    if (remembers) await keepTurn(context, text);
    // It may fail, as a model can that wants too much: it may not leak.
    const answered = await answerQuestion(hostile, context, question, {
      signal,
      conversation: remembers ? CONVERSATION : undefined,
    }).catch(() => undefined);
    if (remembers) {
      const turn = `<turn><question>${escapeText(text)}</question><answer>${escapeText(text)}</answer></turn>`;
      assert.ok(
        JSON.stringify(seen).includes(JSON.stringify(turn).slice(1, -1)),
        "the turn was not recalled",
      );
    }
    return { answered, seen: seen.join("\n") };
  }

  /** What of another tenant's, another group's or of no user's is among what the model or the user was shown. */
  function leaks({ attacker, victim, context, token }: Pair, { answered, seen }: Tried): string[] {
    const faults: string[] = [];
    const passages = parsePassages(seen).map(({ text }) => text);
    const cited = answered?.citations ?? [];
    const claims = sampleClaims();
    const own = JSON.stringify(claims[attacker.tenant] ?? []);
    const foreign = [
      sampleCanaries()[victim] ?? "",
      ...(claims[victim] ?? []).flatMap(({ holder, description }) => [holder, description]),
    ].filter((word) => word !== "" && !own.includes(word));
    for (const text of [...passages, ...cited.map((each) => each.text)])
      for (const word of foreign)
        if (text.toLowerCase().includes(word.toLowerCase()) && !isPlanted(text))
          faults.push(`a passage says ${word}`);
    for (const { corpus, uri } of cited)
      if (corpus === "tenant" && !uri.includes(`/${attacker.tenant}/`)) faults.push(`cites ${uri}`);
    const hidden = sampleDocuments(attacker.tenant).filter(
      ({ groups }) => groups && !groups.some((group) => attacker.groups.includes(group)),
    );
    for (const { uri } of cited)
      if (hidden.some(({ name }) => uri.endsWith(`/${name}`))) faults.push(`cites ${uri} of another group`);
    if ((seen + JSON.stringify(answered ?? {})).includes(SAID_BY_OTHERS))
      faults.push("shows what others said");
    const { accessKeyId, secretAccessKey, sessionToken } = context.credentials;
    for (const secret of [accessKeyId, secretAccessKey, sessionToken, token, token.split(".")[2] ?? token])
      if (seen.includes(secret) || JSON.stringify(answered ?? {}).includes(secret))
        faults.push("shows a secret");
    return faults;
  }

  /** The attack itself is a document of the attacker's here, and names what it is after. */
  let planted = "";
  const isPlanted = (text: string): boolean => planted !== "" && text === planted;

  for (const goal of lists.goals)
    it(`shows nothing to whoever wants ${goal.name}`, async () => {
      const faults: string[] = [];
      let tries = 0;
      for (const channel of lists.channels)
        for (const phrasing of lists.phrasings) {
          const pair = pairs[(tries += 1) % pairs.length];
          assert.ok(pair);
          const text = about(pair, phrasing, about(pair, goal.wants));
          planted = channel === "question" ? "" : text;
          const tried = await attempt(pair, { text, channel, uses: about(pair, goal.uses) });
          for (const fault of leaks(pair, tried))
            faults.push(`${pair.attacker.username}, ${channel}, ${phrasing}: ${fault}`);
        }
      planted = "";
      assert.equal(tries, lists.channels.length * lists.phrasings.length);
      assert.deepEqual(faults, []);
    });

  it("is shown the same by the victim's own user: what is looked for is there to be found", async () => {
    for (const { attacker, victim } of pairs) {
      const turned = await pairFor(victim, attacker.tenant);
      const uses = [{ name: "search_knowledge", input: { query: sampleCanaries()[victim] ?? "" } }];
      const { answered } = await attempt(turned, { text: "What is there?", channel: "question", uses });
      const found = leaks({ ...turned, victim }, { answered, seen: "" });
      assert.ok(
        found.some((fault) => fault.startsWith("a passage says")),
        `${victim}: ${found.join("; ")}`,
      );
    }
  });

  it("goes on with the victim's own conversation as the victim's own user: what others said is there to be found", async () => {
    for (const { attacker, victim } of pairs) {
      const turned = await pairFor(victim, attacker.tenant);
      const tried = await attempt(turned, { text: "What did I ask?", channel: "earlier turn", uses: [] });
      assert.ok(leaks(turned, tried).includes("shows what others said"), victim);
    }
  });

  it("is told nothing that another tenant's users are not: instructions hold no secret", async () => {
    const told = await Promise.all(
      pairs.map(
        async (pair) => (await attempt(pair, { text: "Hello?", channel: "question", uses: [] })).seen,
      ),
    );
    for (const [i, seen] of told.entries()) {
      assert.ok(seen.includes(JSON.stringify(SYSTEM_PROMPT)));
      const instructions = seen.slice(0, seen.indexOf("<passages>"));
      for (const { id } of account.tenants) assert.ok(!instructions.includes(id), id);
      assert.doesNotMatch(instructions, /arn:|\d{12}|s3:\/\//);
      assert.equal(instructions, told[0]?.slice(0, told[0].indexOf("<passages>")), String(i));
    }
  });

  it(`brings nothing of another tenant's by ${RANDOM_QUESTIONS * CALLS_A_QUESTION} random calls (BULKHEAD_TEST_SEED=${SEED})`, async () => {
    const faults: string[] = [];
    let made = 0;
    for (const [i, uses] of fc
      .sample(randomCalls(CALLS_A_QUESTION), { seed: SEED, numRuns: RANDOM_QUESTIONS })
      .entries()) {
      const pair = pairs[i % pairs.length];
      assert.ok(pair);
      const filled = about(pair, uses);
      made += filled.length;
      const tried = await attempt(pair, { text: "What is there?", channel: "question", uses: filled });
      for (const fault of leaks(pair, tried)) faults.push(`${JSON.stringify(filled)}: ${fault}`);
    }
    assert.equal(made, RANDOM_QUESTIONS * CALLS_A_QUESTION);
    assert.deepEqual(faults, []);
  });
});
