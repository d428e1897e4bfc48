/** The pack's own server against the SDK's: rules see the same, the engine is told the same. */
import assert from "node:assert/strict";
import { credentials } from "@grpc/grpc-js";
import type { PolicyResource } from "@pulumi/policy";
import * as sdk from "@pulumi/policy/server.js";
import rpc from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/analyzer_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { rules } from "../../../policies/catalogue.ts";
import { Pack } from "../../../policies/serve/pack.ts";
import { serve, type Served } from "../../../policies/serve/server.ts";
import { rule, type Rule } from "../../../policies/support/rule.ts";
import { UNKNOWN_STRING } from "../support/engine-values.ts";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";

const { makeAnalyzeStackRpcFun } = sdk as unknown as {
  makeAnalyzeStackRpcFun: (
    name: string,
    version: string,
    level: string,
    policies: readonly Rule[],
  ) => (
    call: { request: pb.AnalyzeStackRequest },
    done: (error: Error | null, reply: pb.AnalyzeResponse) => void,
  ) => void;
};

interface Sent {
  readonly type: string;
  readonly name: string;
  readonly props: Record<string, struct.JavaScriptValue>;
  readonly parent?: string;
  readonly protect?: boolean;
  readonly dependencies?: readonly string[];
  readonly references?: Readonly<Record<string, readonly string[]>>;
}

const urnOf = (type: string, name: string): string => `urn:pulumi:dev::bulkhead::${type}::${name}`;
const KEY = urnOf("aws:kms/key:Key", "key");

const STACK: readonly Sent[] = [
  { type: "aws:kms/key:Key", name: "key", props: { enableKeyRotation: false, tags: {} }, protect: true },
  {
    type: "aws:s3/bucket:Bucket",
    name: "bucket",
    props: {
      bucket: "data-acme",
      arn: UNKNOWN_STRING,
      secret: { [SIGNATURE]: SECRET, value: "hidden" },
      asset: { [SIGNATURE]: ASSET, text: "hello" },
      tags: { tenant_id: "acme", of: UNKNOWN_STRING },
      list: [1, true, null, UNKNOWN_STRING],
    },
    parent: KEY,
    dependencies: [KEY, urnOf("gone", "gone")],
    references: { arn: [KEY], tags: [] },
  },
];

/** As it comes over the wire. */
function requestFor(stack: readonly Sent[]): pb.AnalyzeStackRequest {
  const request = new pb.AnalyzeStackRequest();
  for (const {
    type,
    name,
    props,
    parent = "",
    protect = false,
    dependencies = [],
    references = {},
  } of stack) {
    const resource = new pb.AnalyzerResource()
      .setType(type)
      .setUrn(urnOf(type, name))
      .setName(name)
      .setParent(parent)
      .setProperties(struct.Struct.fromJavaScript(props))
      .setDependenciesList([...dependencies])
      .setOptions(
        new pb.AnalyzerResourceOptions()
          .setProtect(protect)
          .setIgnorechangesList(["tags"])
          .setCustomtimeouts(new pb.AnalyzerResourceOptions.CustomTimeouts().setCreate(7)),
      );
    for (const [property, urns] of Object.entries(references))
      resource
        .getPropertydependenciesMap()
        .set(property, new pb.AnalyzerPropertyDependencies().setUrnsList([...urns]));
    request.addResources(resource);
  }
  return pb.AnalyzeStackRequest.deserializeBinary(request.serializeBinary());
}

function told(response: pb.AnalyzeResponse): pb.AnalyzeDiagnostic.AsObject[] {
  return response.getDiagnosticsList().map((each) => each.toObject());
}

/** What the SDK's server answers. */
async function bySdk(policies: readonly Rule[], stack: readonly Sent[]): Promise<object> {
  const analyze = makeAnalyzeStackRpcFun("bulkhead", "1.2.3", "mandatory", policies);
  return told(
    await replied((done) => {
      analyze({ request: requestFor(stack) }, done);
    }),
  );
}

/** The reply of a call of gRPC. */
function replied<Reply>(ask: (done: (error: Error | null, reply: Reply) => void) => unknown): Promise<Reply> {
  return new Promise((resolve, reject) => {
    ask((error, reply) => {
      if (error) reject(error);
      else resolve(reply);
    });
  });
}

const packOf = (...of: readonly Rule[]): Pack => new Pack("bulkhead", "1.2.3", of);

/** A rule that tells all it can see. */
const seeing = rule({
  name: "seeing",
  description: "Tells what it sees.",
  severity: "high",
  remediation: "None.",
  validate: ({ resources, config }, report) => {
    const look = (value: unknown): unknown => {
      try {
        if (typeof value !== "object" || value === null) return value;
        return Object.fromEntries(
          Object.keys(value).map((key) => {
            try {
              return [key, look((value as Record<string, unknown>)[key])];
            } catch (error) {
              return [key, (error as Error).message];
            }
          }),
        );
      } catch (error) {
        return (error as Error).message;
      }
    };
    const urns = (all: readonly PolicyResource[]): string[] => all.map(({ urn }) => urn);
    for (const each of resources) {
      const { type, name, urn, opts, parent, dependencies, propertyDependencies, props } = each;
      const seen = {
        type,
        name,
        opts,
        parent: parent?.urn,
        dependencies: urns(dependencies),
        properties: Object.entries(propertyDependencies).map(([key, of]) => [key, urns(of)]),
        props: look(props),
        key: each.isType({ __pulumiType: "aws:kms/key:Key" } as never),
        config,
      };
      report(JSON.stringify(seen), urn);
    }
  },
});

describe("policy pack: its server", () => {
  it("shows rules what the SDK shows them, unknown values and secrets too", async () => {
    const expected = await bySdk([seeing], STACK);
    assert.match(JSON.stringify(expected), /can't be known during preview/);
    assert.match(JSON.stringify(expected), /hidden/);
    assert.deepEqual(told(await packOf(seeing).analyze(requestFor(STACK))), expected);
  });

  it("tells the engine of every rule what the SDK would tell it", async () => {
    const expected = (await bySdk(rules, STACK)) as unknown[];
    assert.ok(expected.length > 5);
    assert.deepEqual(told(await packOf(...rules).analyze(requestFor(STACK))), expected);
  });

  describe("asked as the engine asks", () => {
    let served: Served;
    let client: InstanceType<typeof rpc.AnalyzerClient>;

    const start = async (...of: readonly Rule[]): Promise<void> => {
      served = await serve(packOf(...of));
      client = new rpc.AnalyzerClient(`127.0.0.1:${served.port}`, credentials.createInsecure());
    };
    const analyzed = async (): Promise<ReturnType<typeof told>> =>
      told(await replied((done) => client.analyzeStack(requestFor(STACK), done)));
    const configured = async (
      config: Readonly<Record<string, Record<string, struct.JavaScriptValue>>>,
      level: pb.EnforcementLevel,
    ): Promise<void> => {
      const request = new pb.ConfigureAnalyzerRequest();
      for (const [name, settings] of Object.entries(config))
        request
          .getPolicyconfigMap()
          .set(
            name,
            new pb.PolicyConfig()
              .setEnforcementlevel(level)
              .setProperties(struct.Struct.fromJavaScript(settings)),
          );
      await replied((done) => client.configure(request, done));
    };

    afterEach(() => {
      client.close();
      served.close();
    });

    it("lists every rule with its level, severity, settings and remedy", async () => {
      await start(...rules);
      const info = await replied<pb.AnalyzerInfo>((done) => client.getAnalyzerInfo(new empty.Empty(), done));
      assert.equal(info.getVersion(), "1.2.3");
      assert.deepEqual(
        info.getPoliciesList().map((each) => each.getName()),
        rules.map(({ name }) => name),
      );
      for (const each of info.getPoliciesList()) {
        const { name, enforcementLevel, remediationSteps, configSchema } = rules.find(
          (of) => of.name === each.getName(),
        ) as Rule;
        assert.equal(
          each.getEnforcementlevel(),
          enforcementLevel === "mandatory" ? pb.EnforcementLevel.MANDATORY : pb.EnforcementLevel.ADVISORY,
        );
        assert.equal(each.getRemediationSteps(), remediationSteps, name);
        assert.notEqual(each.getSeverity(), pb.PolicySeverity.POLICY_SEVERITY_UNSPECIFIED, name);
        assert.deepEqual(
          Object.keys(each.getConfigschema()?.getProperties()?.toJavaScript() ?? {}).sort(),
          Object.keys(configSchema.properties).sort(),
        );
      }
    });

    it("gives each rule its own settings", async () => {
      const set: Rule = { ...seeing, configSchema: { properties: { asked: { type: "number" } } } };
      await start(set, { ...seeing, name: "other" });
      await configured({ seeing: { asked: 1 } }, pb.EnforcementLevel.MANDATORY);
      const found = await analyzed();
      assert.deepEqual(
        found.map(({ policyname, enforcementlevel }) => [policyname, enforcementlevel]),
        ["seeing", "seeing", "other", "other"].map((name) => [name, pb.EnforcementLevel.MANDATORY]),
      );
      assert.match(found[0]?.message ?? "", /"config":\{"asked":1\}/);
      assert.match(found[2]?.message ?? "", /"config":\{\}/);
    });

    it("refuses to disable a rule or to make it advice, whichever, and judges by it all the same", async () => {
      const { ADVISORY, DISABLED, MANDATORY, REMEDIATE } = pb.EnforcementLevel;
      await start(...rules);
      const before = await analyzed();
      for (const { name, enforcementLevel } of rules)
        for (const level of [ADVISORY, DISABLED, MANDATORY, REMEDIATE]) {
          if (level === (enforcementLevel === "mandatory" ? MANDATORY : ADVISORY)) continue;
          await assert.rejects(
            configured({ [name]: {} }, level),
            new RegExp(`refused: ${name}: a rule's enforcement level is not configured`),
          );
        }
      assert.deepEqual(await analyzed(), before);
    });

    it("refuses settings that a rule does not have, and rules that it does not have", async () => {
      await start(...rules);
      const { MANDATORY } = pb.EnforcementLevel;
      const exceptions = [{ resource: KEY, reason: "old", expires: "2027-01-31" }];
      await configured({ "kms-rotation": { exceptions } }, MANDATORY);
      for (const config of [
        { "kms-rotation": { exception: exceptions } },
        { "kms-rotation": { constructor: 1 } },
        { "isolation-proof": { exceptions } },
        { "no-rule": { exceptions } },
      ])
        await assert.rejects(configured(config, MANDATORY), /refused: .*(has no setting|is no rule)/);
    });

    it("answers an error where a rule is none, so that nothing is deployed unjudged", async () => {
      await start({
        ...seeing,
        validateStack: () => {
          throw new Error("broken");
        },
      });
      await assert.rejects(analyzed(), /broken/);
    });

    it("has nothing to say of a resource by itself", async () => {
      await start(seeing);
      const ask = new pb.AnalyzeRequest().setType("aws:kms/key:Key").setUrn(KEY);
      const said = await replied<pb.AnalyzeResponse>((done) => client.analyze(ask, done));
      const mended = await replied<pb.RemediateResponse>((done) => client.remediate(ask, done));
      assert.deepEqual([...said.getDiagnosticsList(), ...mended.getRemediationsList()], []);
    });
  });
});
