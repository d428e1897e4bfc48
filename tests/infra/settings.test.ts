import assert from "node:assert/strict";
import { dirname } from "node:path";
import { poolZones, readSettings, settingsOf } from "../../infra/settings.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const source = (values: Record<string, string>) =>
  settingsOf(Object.fromEntries(Object.entries(values).map(([key, value]) => [`bulkhead:${key}`, value])));
const DEPLOYER = { deploymentRoleArns: '["arn:aws:iam::111122223333:role/deployer"]' };

describe("the settings of a stack", () => {
  it("have the defaults that Pulumi.yaml declares", () => {
    const settings = readSettings(ROOT, source(DEPLOYER), "dev");
    assert.equal(settings.environment, "dev");
    assert.equal(settings.embeddingDimensions, 1024);
    assert.equal(settings.passwordSignIn, false);
    assert.equal(settings.protectTenants, true);
    assert.deepEqual(settings.collectionVpcEndpointIds, []);
  });

  it("may hold the client secrets of tenants' identity providers, by tenant", () => {
    readSettings(ROOT, source({ ...DEPLOYER, "oidcClientSecret.acme": "s3cret" }), "dev");
    for (const key of ["oidcClientSecret.Acme", "oidcClientSecret.", "oidcClientSecret"])
      assert.throws(() => readSettings(ROOT, source({ ...DEPLOYER, [key]: "s3cret" }), "dev"), {
        message: new RegExp(key.replace(".", "\\.")),
      });
  });

  it("ask for a second factor, but for a trial on one machine", () => {
    const at = (stack: string, mfa: string) => readSettings(ROOT, source({ ...DEPLOYER, mfa }), stack).mfa;
    assert.equal(readSettings(ROOT, source(DEPLOYER), "dev").mfa, "ON");
    assert.equal(at("dev", "OPTIONAL"), "OPTIONAL");
    assert.equal(at("local", "OFF"), "OFF");
    assert.throws(() => at("dev", "OFF"), { message: /bulkhead:mfa is "OFF"/ });
  });

  it("that are wrong are all told at once: key, value and what is allowed", () => {
    const wrong = {
      deploymentRoleArns: '["*"]',
      embeddingDimensions: "300",
      referenceFolder: "../elsewhere",
      passwordSignIn: "yes",
      dataSessionSeconds: "60",
      networkZones: "four",
    };
    assert.throws(
      () => readSettings(ROOT, source(wrong), "Dev"),
      ({ message }: Error) =>
        [
          /stack "Dev": the stack's name is the environment's/,
          /bulkhead:deploymentRoleArns is \["\*"\]: must be a role's ARN/,
          /bulkhead:embeddingDimensions is 300: must be 256, 512 or 1024/,
          /bulkhead:referenceFolder is "\.\.\/elsewhere": must be a folder inside the project/,
          /bulkhead:passwordSignIn is "yes"/,
          /bulkhead:dataSessionSeconds is 60/,
        ].every((words) => words.test(message)),
    );
  });

  it("reserve concurrency for functions that there are, each once", () => {
    const read = (list: string) =>
      readSettings(ROOT, source({ ...DEPLOYER, reservedConcurrency: list }), "dev").reservedConcurrency;
    assert.deepEqual(read('["chat=50", "authorizer=20"]'), { chat: 50, authorizer: 20 });
    assert.throws(
      () => read('["chat=50", "chat=60"]'),
      /bulkhead:reservedConcurrency is .*: names a function twice/,
    );
    for (const wrong of ["char=50", "chat=0", "chat=-1", "chat=1.5", "chat", "chat=5 "])
      assert.throws(() => read(JSON.stringify([wrong])), /must be FUNCTION=NUMBER, as chat=50/, wrong);
  });

  it("that have no default must be set", () => {
    assert.throws(
      () => readSettings(ROOT, source({}), "dev"),
      /bulkhead:deploymentRoleArns is not set.*Pulumi\.dev\.yaml/s,
    );
  });

  it("leave out edge, network and audit on stack local alone", () => {
    const omit = { ...DEPLOYER, omit: '["agent", "network", "audit"]' };
    assert.deepEqual(readSettings(ROOT, source(omit), "local").omit, ["agent", "network", "audit"]);
    assert.throws(
      () => readSettings(ROOT, source(omit), "dev"),
      /bulkhead:omit is .*: only stack local may go without edge, network, audit/,
    );
    assert.throws(
      () => readSettings(ROOT, source({ ...DEPLOYER, omit: '["firewall"]' }), "local"),
      /bulkhead:omit .* "firewall" is none of edge, network, audit, agent, claims/,
    );
  });

  it("name an existing VPC by its subnets and their route tables, or none of them", () => {
    const subnets = '["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]';
    const tables = '["rtb-0123456789abcdef0"]';
    const vpcId = "vpc-0123456789abcdef0";
    const existing = {
      ...DEPLOYER,
      vpcId,
      privateSubnetIds: subnets,
      privateRouteTableIds: tables,
      poolInstanceCount: "2",
    };
    assert.equal(readSettings(ROOT, source(existing), "dev").vpcId, vpcId);
    for (const [wrong, fault] of [
      [{ vpcId, privateRouteTableIds: tables }, /privateSubnetIds is \[\]: must name two or three subnets/],
      [{ privateSubnetIds: subnets }, /privateSubnetIds is .*: must name .* none without it/],
      [
        { vpcId, privateSubnetIds: subnets },
        /privateRouteTableIds is \[\]: must name the subnets' route tables/,
      ],
      [{ vpcId: "vpc-1" }, /vpcId is "vpc-1": must be an id, as vpc-/],
      [{ networkZones: "4" }, /networkZones is 4: must be 2 or 3/],
      [{ networkZoneNames: '["us-east-1a"]' }, /networkZoneNames is .*: must name as many zones/],
      [{ networkCidr: "8.8.0.0/16" }, /networkCidr is "8\.8\.0\.0\/16": must be private addresses/],
    ] as const)
      assert.throws(() => readSettings(ROOT, source({ ...DEPLOYER, ...wrong }), "dev"), fault);
  });

  it("keep the database's least capacity below its most", () => {
    const capacity = { ...DEPLOYER, claimsMinCapacity: "8", claimsMaxCapacity: "4" };
    assert.throws(
      () => readSettings(ROOT, source(capacity), "dev"),
      /claimsMinCapacity is 8: must not be above claimsMaxCapacity/,
    );
  });

  it("spread the domain's nodes equally over the network's zones", () => {
    const nodes = (poolInstanceCount: string, networkZones: string) => () =>
      readSettings(ROOT, source({ ...DEPLOYER, poolInstanceCount, networkZones }), "dev");
    for (const [count, zones, used] of [
      ["1", "3", 1],
      ["2", "3", 2],
      ["2", "2", 2],
      ["3", "3", 3],
      ["6", "2", 2],
    ] as const)
      assert.equal(poolZones(nodes(count, zones)()), used, `${count} nodes, ${zones} zones`);
    assert.throws(nodes("3", "2"), /poolInstanceCount is 3: must be 1, 2 or a multiple/);
  });

  it("name endpoints of collections where there is no network alone", () => {
    const named = { ...DEPLOYER, collectionVpcEndpointIds: '["vpce-0123456789abcdef0"]' };
    const without = { ...named, omit: '["network"]' };
    assert.equal(readSettings(ROOT, source(without), "local").collectionVpcEndpointIds.length, 1);
    assert.throws(
      () => readSettings(ROOT, source(named), "dev"),
      /collectionVpcEndpointIds is .*: must be empty unless omit names network/,
    );
  });

  it("that nobody declares are named, with the one that is meant", () => {
    assert.throws(
      () => readSettings(ROOT, source({ ...DEPLOYER, chatModelID: "x", telemetry: "true" }), "dev"),
      ({ message }: Error) =>
        /bulkhead:chatModelID is no setting: it is called chatModelId/.test(message) &&
        /bulkhead:telemetry is no setting; Pulumi\.yaml describes all/.test(message),
    );
  });

  it("of other programs are none of theirs", () => {
    assert.equal(settingsOf({ "aws:region": "us-east-1", "bulkhead:mfa": "ON" }).keys().join(), "mfa");
  });

  it("that are wrong beside each other are told together with those that are wrong by themselves", () => {
    const config = { ...DEPLOYER, mfa: "OFF", embeddingDimensions: "300", hostedZoneId: "Z0123456789ABCDEF" };
    assert.throws(
      () => readSettings(ROOT, source(config), "dev"),
      ({ message }: Error) =>
        [
          /bulkhead:mfa is "OFF"/,
          /embeddingDimensions is 300/,
          /hostedZoneId is .*: must be empty without domainName/,
        ].every((words) => words.test(message)),
    );
  });

  it("name a domain with its certificate of us-east-1, or neither", () => {
    const certificateArn =
      "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012";
    const domainName = "assistant.example.com";
    const read = (values: Record<string, string>) =>
      readSettings(ROOT, source({ ...DEPLOYER, ...values }), "dev");
    assert.equal(read({ domainName, certificateArn }).domainName, domainName);
    assert.throws(
      () => read({ domainName }),
      /certificateArn is "": must name the certificate of domainName/,
    );
    assert.throws(
      () => read({ certificateArn }),
      /must name the certificate of domainName, and none without it/,
    );
    assert.throws(
      () => read({ domainName, certificateArn: certificateArn.replace("us-east-1", "eu-west-1") }),
      /must be a certificate's ARN in us-east-1/,
    );
    assert.throws(() => read({ domainName: "https://example.com", certificateArn }), /must be a host name/);
  });
});
