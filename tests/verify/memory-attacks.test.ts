/** The attacks on conversations, on a memory with the policies as they are deployed: refused by what has to refuse them, and not without. */
import assert from "node:assert/strict";
import { UnsecuredJWT } from "jose";
import { functionPolicy } from "../../infra/documents/function-roles.ts";
import { administrationBoundary, platformBoundary } from "../../infra/documents/platform-boundary.ts";
import { OPERATOR } from "../../local/account/identity.ts";
import type { Statement } from "../../policies/isolation/types.ts";
import { FUNCTIONS, platformNames, tenantNames } from "../../runtime/contract/names.ts";
import { memoryPolicy } from "../../tenants/documents/conversations.ts";
import { dataRolePolicy, ingestRolePolicy } from "../../tenants/documents/data-role.ts";
import { knowledgeBasePolicy } from "../../tenants/documents/knowledge-base-role.ts";
import { tenantBoundary } from "../../tenants/documents/tenant-boundary.ts";
import { expand, type Case } from "../../verify/expand.ts";
import { loadGrammar, type Grammar } from "../../verify/grammar.ts";
import type { Attempted } from "../../verify/outcome.ts";
import type { Party, Stage } from "../../verify/stage.ts";
import { Suite } from "../../verify/suite.ts";
import type { LoggedRefusal, Target } from "../../verify/target.ts";
import { withoutControls, type Control } from "../end-to-end/support/ablation.ts";
import { startTestGateway, type TestGateway } from "../local/gateway/support.ts";

const PLACE = { environment: "dev", account: "111122223333", region: "us-east-1" };
const MODELS = { embeddingModelId: "embedder", chatModelId: "model" };
const MEMORY = "bulkhead_dev_agent-AbCdEf0123";
const ARN = `arn:aws:bedrock-agentcore:us-east-1:111122223333:memory/${MEMORY}`;
const SERVICE = "bedrock-agentcore";
/** `acme-2` begins as `acme` does. */
const TENANTS = { acme: "silo", "acme-2": "pool", borealis: "pool", corvus: "silo" } as const;
const SUSPENDED = "corvus";

/** The broker is not there: its session is made as it makes one. */
const withBroker = (grammar: Grammar): Grammar => ({
  ...grammar,
  callers: {
    ...grammar.callers,
    data: {
      is: "insider",
      role: "{own.dataRole}",
      tags: { tenant_id: "{own.id}" },
      what: "data credentials",
    },
  },
});

describe("attacks on conversations", function () {
  this.timeout(60_000);

  const grammar = withBroker(loadGrammar());
  const cases = expand(grammar).cases.filter(({ api }) => api.startsWith(`${SERVICE}:`));
  let test: TestGateway;
  before(async () => {
    const statements = (document: string): Statement[] =>
      (JSON.parse(document) as { Statement: Statement[] }).Statement;
    test = await startTestGateway((deployment) => {
      deployment.put("aws:bedrock/agentcoreMemory:AgentcoreMemory", MEMORY, {
        id: MEMORY,
        name: "bulkhead_dev_agent",
        arn: ARN,
        eventExpiryDuration: 30,
      });
      deployment.put("aws:bedrock/agentcoreResourcePolicy:AgentcoreResourcePolicy", ARN, {
        resourceArn: ARN,
        policy: memoryPolicy(PLACE),
      });
      const ofTenants = deployment.policy("tenants", ...statements(tenantBoundary(PLACE, MODELS)));
      const ofPlatform = deployment.policy("platform", ...statements(platformBoundary(PLACE, "embedder")));
      const ofAdministration = deployment.policy(
        "administration",
        ...statements(administrationBoundary(PLACE)),
      );
      const role = (arn: string, policy: string, permissionsBoundary: string): string =>
        deployment.role(arn.split("/").at(-1)!, { policy: statements(policy), permissionsBoundary });
      for (const [id, tier] of Object.entries(TENANTS)) {
        const names = tenantNames(PLACE, id);
        role(names.dataRoleArn, dataRolePolicy(PLACE, id, tier, MODELS), ofTenants);
        role(names.ingestRoleArn, ingestRolePolicy(PLACE, id, "embedder"), ofTenants);
        role(names.knowledgeBaseRoleArn, knowledgeBasePolicy(PLACE, id, "embedder"), ofTenants);
      }
      for (const fn of FUNCTIONS)
        role(
          platformNames(PLACE).functionRoleArn(fn),
          functionPolicy(PLACE, fn),
          ["search-admin", "db-admin"].includes(fn) ? ofAdministration : ofPlatform,
        );
      deployment.role("wide", { policy: [{ Effect: "Allow", Action: "*", Resource: "*" }] });
    });
  });
  after(() => test.stop());

  const targetWith = (agentMemoryId: string): Target => ({
    place: PLACE,
    deployment: {
      apiUrl: "",
      userPoolId: "",
      clientId: "",
      membershipsTable: "",
      usersTable: "",
      ...(agentMemoryId !== "" && { agentMemoryId }),
    },
    endpoint: () => test.gateway.origin,
    operator: test.as(test.gateway.issueSession(OPERATOR, "operator")),
    outsider: () =>
      Promise.resolve(test.gateway.issueSession(`arn:aws:iam::${PLACE.account}:role/wide`, "attacker")),
    insider: (role, tags) => {
      const tenant = tags["tenant_id"];
      return Promise.resolve(
        test.gateway.issueSession(role, "attacker", {
          tags,
          ...(tenant !== undefined && { sourceIdentity: `user-of-${tenant}` }),
        }),
      );
    },
    registryItem: () => Promise.resolve(undefined),
    keyArn: () => Promise.resolve(""),
    decisions: (ids) => {
      const found = new Map<string, LoggedRefusal[]>();
      for (const { callId, allowed, detail } of test.gateway.decisions())
        if (ids.has(callId)) found.set(callId, [...(found.get(callId) ?? []), { allowed, detail }]);
      return Promise.resolve(found);
    },
  });
  const party = (id: keyof typeof TENANTS): Party => ({
    id,
    tier: TENANTS[id],
    active: id !== SUSPENDED,
    token: id === SUSPENDED ? undefined : new UnsecuredJWT({ sub: `user-of-${id}` }).encode(),
    document: "none.md",
    canary: "none",
  });
  const suite = (agentMemoryId = MEMORY): Suite => {
    const stage: Stage = {
      target: targetWith(agentMemoryId),
      attacker: party("acme"),
      named: { other: [party("borealis")], prefix: [party("acme-2")], suspended: [party(SUSPENDED)] },
    };
    return new Suite(grammar, stage, { referenceKnowledgeBase: "" });
  };
  const run = async (wanted: (of: Case) => boolean = () => true, of = suite()): Promise<Attempted[]> =>
    of.run(cases.filter((each) => of.fits(each) && wanted(each)));
  const faultsIn = (done: readonly Attempted[]) =>
    done.flatMap(({ name, faults }) => (faults.length === 0 ? [] : [{ name, faults }]));

  it("are refused by what has to refuse them, and one's own conversation is kept and read", async () => {
    const done = await run();
    assert.deepEqual(faultsIn(done), []);
    assert.ok(done.every(({ actual }) => actual === "refused"));
    assert.ok(done.length > 250, `${done.length}`);
  });

  describe("without a control", () => {
    const plain = ({ caller, way }: Case): boolean => caller === "data" && way === "plain";
    const without = async (wanted: (of: Case) => boolean, ...controls: readonly Control[]) => {
      const undo: (() => Promise<void>)[] = [];
      try {
        for (const control of controls) undo.push(await withoutControls(test.gateway.account, control));
        return await run(wanted);
      } finally {
        for (const each of undo.reverse()) await each();
      }
    };
    const allowed = (done: readonly Attempted[]): string[] =>
      done.flatMap(({ name, actual }) => (actual === "refused" ? [] : [name]));

    it("of roles, the memory's own policy refuses everybody", async () => {
      const done = await without(() => true, "identity");
      assert.ok(done.length > 250);
      assert.deepEqual(allowed(done), []);
    });

    it("of the memory, all but who has wide rights are refused by their own", async () => {
      const done = await without(() => true, "resources");
      assert.deepEqual([...new Set(allowed(done).map((name) => name.split(":")[0]))], ["acme, outsider"]);
    });

    it("of both, every attack with a tenant's credentials succeeds, but that on a name that is none", async () => {
      const done = await without(plain, "identity", "resources");
      assert.ok(done.length > 30, `${done.length}`);
      const refused = done.filter(({ actual }) => actual === "refused");
      assert.deepEqual(
        refused.filter(({ by }) => !/^400 ValidationException: [^]*actorId/.test(by)),
        [],
      );
      assert.ok(refused.every(({ name }) => name.includes("on no tenant")));
    });
  });

  it("are told as not exercised where no conversations are kept", async () => {
    const done = await run(({ way }) => way === "plain", suite(""));
    assert.ok(done.length > 50);
    for (const { actual, by, faults } of done)
      assert.deepEqual(
        [actual, by, faults],
        ["not-exercised", "there is no agentMemory: that part is not deployed", []],
      );
  });
});
