import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { LoggedDecision } from "../../../local/gateway/contract.ts";
import type { Statement } from "../../../policies/isolation/types.ts";
import { deployDomain, domainArn, INDEX_DEFINITION, openSearch, send, type Sent } from "./domain-account.ts";
import { roleArn, startTestGateway, type Deployment, type TestGateway } from "./support.ts";

type Tenant = "cobalt" | "cobalt-marine" | "acme";
const TENANTS: readonly Tenant[] = ["cobalt", "cobalt-marine", "acme"];
type Caller = "reader" | "writer";

/** Which layers of a domain are narrow; the others allow everything. */
const DOMAINS = {
  all: ["identity", "access", "setting", "roles"],
  identity: ["identity"],
  access: ["access"],
  setting: ["setting"],
  roles: ["roles"],
  open: [],
} as const satisfies Record<string, readonly string[]>;
type DomainName = keyof typeof DOMAINS;
const has = (domain: DomainName, layer: string): boolean =>
  (DOMAINS[domain] as readonly string[]).includes(layer);

interface Case extends Sent {
  readonly what: string;
  readonly as: Caller;
  readonly attacker?: Tenant;
  readonly victim?: Tenant;
  /** What the answer holds if the victim's data were reached. Default: its secret. */
  readonly shows?: string;
  readonly expect?: Partial<Record<DomainName, string>>;
}

const file = new URL("../../scenarios/domain/attacks.yaml", import.meta.url);
const { defaults, attacks, controls } = parse(readFileSync(file, "utf8")) as {
  readonly defaults: Record<DomainName, string>;
  readonly attacks: readonly Case[];
  readonly controls: readonly Case[];
};

const DATA_TABLES = ["indices", "documents", "aliases", "security"].map((name) => `domain-${name}`);

describe("Attacks on an OpenSearch domain", () => {
  let test: TestGateway;
  before(async () => {
    test = await startTestGateway((deployment) => {
      deployment.role("search-admin", { policy: [{ Effect: "Allow", Action: "es:*", Resource: "*" }] });
      for (const tenant of TENANTS) deployRoles(deployment, tenant);
      for (const domain of Object.keys(DOMAINS) as DomainName[])
        deployDomain(deployment, domain, {
          ...(has(domain, "access") && { access: accessPolicy(domain) }),
          explicitIndex: has(domain, "setting") ? "false" : "true",
        });
    });
    for (const domain of Object.keys(DOMAINS) as DomainName[]) await fill(test, domain);
  });
  after(() => test.stop());

  for (const attack of attacks)
    describe(`${attack.what} (${attack.method} ${attack.path})`, () => {
      const expected = { ...defaults, ...attack.expect };
      it("is refused by the domain as it is deployed", async () => {
        assert.notEqual(await outcome(test, "all", attack), "reached");
      });
      for (const domain of ["identity", "access", "setting", "roles", "open"] as const)
        it(`${domain}: ${expected[domain]}`, async () => {
          assert.equal(await outcome(test, domain, attack), expected[domain]);
        });
    });

  for (const control of controls)
    it(`lets through ${control.what}`, async () => {
      const undo = snapshot(test, "all", control);
      const { status, body } = await send(test, "all", callerOf("all", control), bodied(control));
      undo();
      assert.equal(status, 200, body);
      assert.ok(body.includes(control.shows ?? ""), body);
    });
});

/** `reached`, or the layer that refused. What was changed is put back. */
async function outcome(test: TestGateway, domain: DomainName, attack: Case): Promise<string> {
  const before = test.gateway.decisions().at(-1);
  const undo = snapshot(test, domain, attack);
  const { status, body } = await send(test, domain, callerOf(domain, attack), bodied(attack));
  const changed = undo();
  if (changed || body.includes(attack.shows ?? secretOf(attack.victim ?? "cobalt-marine"))) return "reached";
  const decisions = test.gateway.decisions();
  const refusal = decisions.slice(decisions.lastIndexOf(before!) + 1).find(({ allowed }) => !allowed);
  if (refusal) return layerOf(refusal);
  if (status === 400) return body.includes("explicit index in") ? "engine-setting" : "malformed";
  return `neither reached nor refused: ${status} ${body}`;
}

function layerOf({ action, by }: LoggedDecision): string {
  if (!action.startsWith("es:")) return "engine-role";
  return by?.kind === "resource" ? "access-policy" : "iam";
}

const secretOf = (tenant: Tenant): string => `the secret of ${tenant}"`;
const bodied = (request: Case): Sent =>
  request.body === undefined && request.method === "POST" && request.path.includes("_search")
    ? { ...request, body: '{"query":{"match_all":{}}}' }
    : request;

const callerOf = (domain: DomainName, { as, attacker = "cobalt" }: Case) => ({
  role: `${as}${has(domain, "identity") ? "" : "-wide"}.${attacker}`,
  tags: { tenant_id: attacker },
});

function deployRoles(deployment: Deployment, tenant: Tenant): void {
  const at = (operation: string): string => domainArn(`*/kb.${tenant}/${operation}`);
  const own: Record<Caller, Statement> = {
    reader: { Effect: "Allow", Action: "es:ESHttpPost", Resource: at("_search") },
    writer: {
      Effect: "Allow",
      Action: ["es:ESHttpPut", "es:ESHttpPost"],
      Resource: [at("_bulk"), at("_search"), at("_delete_by_query")],
    },
  };
  for (const caller of ["reader", "writer"] as const) {
    deployment.role(`${caller}.${tenant}`, { policy: [own[caller]] });
    deployment.role(`${caller}-wide.${tenant}`, {
      policy: [{ Effect: "Allow", Action: "es:*", Resource: "*" }],
    });
  }
}

/** As the program writes it: a tenant's session reaches its own alias only. */
const accessPolicy = (domain: DomainName): Statement[] => [
  {
    Sid: "OnlyOwnAlias",
    Effect: "Deny",
    Principal: { AWS: "*" },
    Action: "es:ESHttp*",
    NotResource: ["_search", "_bulk", "_delete_by_query"].map((operation) =>
      domainArn(`${domain}/kb.\${aws:PrincipalTag/tenant_id}/${operation}`),
    ),
    Condition: { ArnNotEquals: { "aws:PrincipalArn": roleArn("search-admin") } },
  },
];

/** An index behind an alias, a reader and a writer for each tenant. */
async function fill(test: TestGateway, domain: DomainName): Promise<void> {
  const admin = openSearch(test, domain, "search-admin");
  const put = (path: string, body: object) =>
    admin.transport.request({ method: "PUT", path: `/_plugins/_security/api/${path}`, body });
  const everything = {
    cluster_permissions: ["*"],
    index_permissions: [{ index_patterns: ["*"], allowed_actions: ["*"] }],
  };
  for (const tenant of TENANTS) {
    const index = `kb.${tenant}.1`;
    await admin.indices.create({
      index,
      body: { ...INDEX_DEFINITION, aliases: { [`kb.${tenant}`]: {} } } as object,
    });
    await admin.index({
      index,
      id: "a.0",
      body: { text: `This is the secret of ${tenant}`, tenant_id: tenant },
    });
    for (const caller of ["reader", "writer"] as const) {
      const name = `tenant.${tenant}.${caller}`;
      await put(`roles/${name}`, has(domain, "roles") ? ownRole(tenant, caller) : everything);
      const callers = [`${caller}.${tenant}`, `${caller}-wide.${tenant}`];
      await put(`rolesmapping/${name}`, { backend_roles: callers.map(roleArn) });
    }
  }
}

/** Wide in what it allows on the tenant's own index, so that what refuses is the index, not the action. */
const ownRole = (tenant: Tenant, caller: Caller): object => ({
  cluster_permissions: [
    "indices:data/read/msearch",
    "indices:data/read/mget",
    ...(caller === "writer" ? ["indices:data/write/bulk", "indices:data/read/scroll"] : []),
  ],
  index_permissions: [
    {
      index_patterns: [`kb.${tenant}`, `kb.${tenant}.*`],
      allowed_actions: caller === "writer" ? ["crud"] : ["read"],
    },
  ],
});

/** @returns puts the domain's data back as it was, and says whether others' had changed */
function snapshot(test: TestGateway, domain: DomainName, { attacker = "cobalt" }: Case): () => boolean {
  const { account } = test.gateway;
  const own = `${domain}/kb.${attacker}.1/`;
  const read = () => DATA_TABLES.map((name) => [...account.table(name).entries(`${domain}/`)]);
  const before = read();
  return () => {
    const after = read();
    // Documents in one's own index are one's own to write.
    const seen = (tables: typeof after) =>
      JSON.stringify(tables.map((table) => table.filter(([key]) => !key.startsWith(own))));
    const changed = seen(after) !== seen(before);
    for (const [i, name] of DATA_TABLES.entries()) {
      const table = account.table<object>(name);
      for (const [key] of after[i] ?? []) table.delete(key);
      // A new uuid: the engine must not go on with what it holds in memory.
      for (const [key, value] of before[i] ?? [])
        table.put(
          key,
          name === "domain-indices" ? { ...(value as object), uuid: `${Math.random()}` } : (value as object),
        );
    }
    return changed;
  };
}
