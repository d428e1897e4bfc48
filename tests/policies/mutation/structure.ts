/** Changes of what is not a policy document: whose a resource is said to be, what limits a role, what is put together. */
import type { RegisteredResource } from "../support/program.ts";
import { OTHER_OF, renamed } from "./account.ts";
import type { Draft } from "./mutant.ts";

type Props = Readonly<Record<string, unknown>>;

const ROLE = "aws:iam/role:Role";
const TAG = "tenant_id";

/** @param mutated those of the platform and of the tenants that are mutated @param all besides, those of the others */
export function* structureMutants(
  mutated: readonly RegisteredResource[],
  all: readonly RegisteredResource[],
): Generator<Draft> {
  for (const resource of mutated) {
    yield* retagged(resource);
    yield* withoutLimits(resource, all);
    yield* merged(resource, all);
    yield* opened(resource);
  }
}

const put = (resource: RegisteredResource, operator: string, what: string, props: Props): Draft => ({
  name: `${operator}: ${what} of ${resource.name} (${kindOf(resource)})`,
  operator,
  edit: { set: [{ ...resource, props: { ...resource.props, ...props } }] },
  invalid: undefined,
});

const kindOf = ({ type }: RegisteredResource): string => type.split(":").at(-1) ?? "";

/** Types whose tags decide. */
const TAGGED =
  /:(Role|Bucket|Key|Table|AgentKnowledgeBase|InferenceProfile|ServerlessCollection|Secret|Function|AgentcoreMemory|Domain|Cluster)$/;

function* retagged(resource: RegisteredResource): Generator<Draft> {
  if (!TAGGED.test(resource.type)) return;
  const tags = (resource.props["tags"] ?? {}) as Readonly<Record<string, string>>;
  const own = tags[TAG];
  for (const id of Object.entries(OTHER_OF).flat())
    if (id !== own) yield put(resource, "retag", `as ${id}`, { tags: { ...tags, [TAG]: id } });
  if (own === undefined) return;
  const rest = Object.fromEntries(Object.entries(tags).filter(([key]) => key !== TAG));
  yield put(resource, "retag", "as nobody's", { tags: rest });
  yield put(resource, "retag", "by another case", { tags: { ...rest, Tenant_ID: own } });
  yield put(resource, "retag", "twice", { tags: { ...tags, Tenant_Id: OTHER_OF[own] ?? "acme" } });
}

/** Without its boundary, with another role's, without its resource's policy. */
function* withoutLimits(resource: RegisteredResource, all: readonly RegisteredResource[]): Generator<Draft> {
  if (resource.type === ROLE && resource.props["permissionsBoundary"] !== undefined) {
    yield {
      ...put(resource, "drop boundary", "boundary", {}),
      edit: { set: [withProps(resource, { permissionsBoundary: undefined }, { permissionsBoundary: [] })] },
    };
    for (const policy of all.filter(({ type }) => type === "aws:iam/policy:Policy")) {
      const { arn } = policy.props;
      if (arn !== resource.props["permissionsBoundary"])
        yield {
          ...put(resource, "swap boundary", `boundary for ${policy.name}`, {}),
          edit: {
            set: [withProps(resource, { permissionsBoundary: arn }, { permissionsBoundary: [policy.urn] })],
          },
        };
    }
  }
  if (/:(BucketPolicy|(Agentcore)?ResourcePolicy|SecretPolicy|DomainPolicy)$/.test(resource.type))
    yield { ...put(resource, "drop policy", "all", {}), edit: { drop: [resource.urn] } };
  if (resource.type === "aws:kms/key:Key")
    yield {
      ...put(resource, "drop policy", "all", {}),
      edit: { set: [withProps(resource, { policy: undefined }, {})] },
    };
  if (resource.type === ROLE)
    yield {
      ...put(resource, "add an Allow", "a policy of everything", {}),
      edit: { add: [everythingFor(resource)] },
    };
}

function withProps(
  resource: RegisteredResource,
  props: Props,
  references: RegisteredResource["references"],
): RegisteredResource {
  const kept = Object.entries({ ...resource.props, ...props }).filter(([, value]) => value !== undefined);
  return {
    ...resource,
    props: Object.fromEntries(kept),
    references: { ...resource.references, ...references },
  };
}

const everythingFor = (role: RegisteredResource): RegisteredResource => ({
  ...role,
  type: "aws:iam/rolePolicy:RolePolicy",
  urn: `${role.urn}-everything`.replace(ROLE, "aws:iam/rolePolicy:RolePolicy"),
  name: `${role.name}-everything`,
  dependencies: [role.urn],
  references: { role: [role.urn], policy: [] },
  props: {
    role: role.props["name"],
    name: "everything",
    policy: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Sid: "All", Effect: "Allow", Action: "*", Resource: "*" }],
    }),
  },
});

/** Properties that name another of a tenant's resources: by them two tenants' are put together. */
const NAMES: readonly (readonly [type: RegExp, property: string])[] = [
  [/:BucketPolicy$/, "bucket"],
  [/:BucketServerSideEncryptionConfiguration$/, "rules"],
  [/:Alias$/, "targetKeyId"],
  [/:AgentKnowledgeBase$/, "roleArn"],
  [/:AgentKnowledgeBase$/, "storageConfiguration"],
  [/:AgentDataSource$/, "dataSourceConfiguration"],
  [/:AgentDataSource$/, "knowledgeBaseId"],
  [/:RolePolicy$/, "role"],
  [/:SecretPolicy$/, "secretArn"],
  [/:Secret$/, "kmsKeyId"],
  [/:Invocation$/, "input"],
  [/:ServerlessAccessPolicy$/, "policy"],
  [/:TableItem$/, "item"],
  [/:Bucket$/, "bucket"],
  [/:Role$/, "name"],
  [/:ServerlessCollection$/, "name"],
];

function* merged(resource: RegisteredResource, all: readonly RegisteredResource[]): Generator<Draft> {
  for (const [type, property] of NAMES) {
    const value = resource.props[property];
    if (!type.test(resource.type) || value === undefined) continue;
    for (const [id, other] of Object.entries(OTHER_OF)) {
      const props = JSON.parse(renamed(JSON.stringify({ [property]: value }), id, other)) as Props;
      const references = (resource.references[property] ?? []).map((urn) => {
        const swapped = renamed(urn, id, other);
        return all.some((each) => each.urn === swapped) ? swapped : urn;
      });
      const before = JSON.stringify([value, resource.references[property] ?? []]);
      if (JSON.stringify([props[property], references]) === before) continue;
      yield {
        ...put(resource, "merge", `${property}: ${id}'s with ${other}'s`, {}),
        edit: { set: [withProps(resource, props, { [property]: references })] },
      };
      if (resource.type.endsWith(":Invocation")) yield* fieldByField(resource, id, other);
    }
  }
}

/** What an admin function is told, with one field that is another tenant's. */
function* fieldByField(resource: RegisteredResource, id: string, other: string): Generator<Draft> {
  const told = JSON.parse(String(resource.props["input"])) as { readonly body: Props };
  for (const [field, value] of Object.entries(told.body)) {
    const swapped: unknown = JSON.parse(renamed(JSON.stringify(value), id, other));
    if (JSON.stringify(swapped) === JSON.stringify(value)) continue;
    const body = { ...told.body, [field]: swapped };
    yield put(resource, "merge", `${field}: ${id}'s with ${other}'s`, {
      input: JSON.stringify({ ...told, body }),
    });
  }
  const wider: Props = {
    access: "write",
    memberOf: ["claims_admin"],
    roleArn: `arn:aws:iam::111122223333:role/*`,
    alias: "kb.*",
    tenant: "*",
  };
  for (const [field, value] of Object.entries(wider))
    if (field in told.body && told.body[field] !== value)
      yield put(resource, "widen admin document", `${field} to ${JSON.stringify(value)}`, {
        input: JSON.stringify({ ...told, body: { ...told.body, [field]: value } }),
      });
}

/** Who else is let in by what is no IAM policy: data-access policies, permissions of functions, the domain's engine. */
function* opened(resource: RegisteredResource): Generator<Draft> {
  const { type, props } = resource;
  if (type.endsWith(":ServerlessAccessPolicy")) yield* accessMutants(resource);
  if (type.endsWith(":Permission")) {
    for (const property of ["sourceArn", "sourceAccount"])
      if (props[property] !== undefined)
        yield {
          ...put(resource, "weaken permission", `without ${property}`, {}),
          edit: { set: [withProps(resource, { [property]: undefined }, { [property]: [] })] },
        };
    yield put(resource, "weaken permission", "for anyone", { principal: "*" });
    yield put(resource, "weaken permission", "for another account", { principal: "999999999999" });
  }
  if (type.endsWith("opensearch/domain:Domain")) {
    const security = props["advancedSecurityOptions"] as Props;
    const engine = (what: string, changed: Props): Draft =>
      put(resource, "weaken engine", what, { advancedSecurityOptions: { ...security, ...changed } });
    yield engine("off", { enabled: false });
    yield engine("with passwords", { internalUserDatabaseEnabled: true });
    yield engine("for anyone", { anonymousAuthEnabled: true });
    for (const name of ["data.cobalt", "fn.broker", "fn.ingest"])
      yield engine(`with ${name} as its master`, {
        masterUserOptions: { masterUserArn: `arn:aws:iam::111122223333:role/bulkhead.local.${name}` },
      });
    yield put(resource, "weaken engine", "that takes indices of bodies", { advancedOptions: {} });
  }
}

interface Rule {
  readonly ResourceType: string;
  readonly Resource: readonly string[];
  readonly Permission: readonly string[];
}
interface Block {
  readonly Rules: readonly Rule[];
  readonly Principal: readonly string[];
}

const STRANGERS = ["data.acme-2", "data.cobalt", "kb.acme-2", "fn.broker", "fn.ingest"];

function* accessMutants(resource: RegisteredResource): Generator<Draft> {
  const blocks = JSON.parse(String(resource.props["policy"])) as readonly Block[];
  const changed = (operator: string, what: string, at: number, block: Block | undefined): Draft =>
    put(resource, operator, `${what} of #${at}`, {
      policy: JSON.stringify(
        blocks.flatMap((each, i) => (i !== at ? [each] : block === undefined ? [] : [block])),
      ),
    });
  for (const [at, block] of blocks.entries()) {
    if (blocks.length > 1) yield changed("drop statement", "all", at, undefined);
    for (const name of STRANGERS) {
      const arn = `arn:aws:iam::111122223333:role/bulkhead.local.${name}`;
      if (!block.Principal.includes(arn))
        yield changed("add an Allow", `for ${name}`, at, { ...block, Principal: [...block.Principal, arn] });
    }
    for (const who of ["*", "arn:aws:iam::111122223333:role/*", "arn:aws:iam::111122223333:root"])
      yield changed("widen principal", `to ${who}`, at, { ...block, Principal: [who] });
    for (const [index, rule] of block.Rules.entries()) {
      const put = (other: Rule): Block => ({ ...block, Rules: block.Rules.with(index, other) });
      for (const wider of ["index/*/*", "index/local-*/*", "index/local-acme*/*", "index/local-acme-2/kb"])
        yield changed("widen resource", `rule ${index} to ${wider}`, at, put({ ...rule, Resource: [wider] }));
      yield changed("widen action", `rule ${index} to all`, at, put({ ...rule, Permission: ["aoss:*"] }));
      for (const permission of ["aoss:WriteDocument", "aoss:DeleteIndex"])
        if (!rule.Permission.includes(permission))
          yield changed(
            "widen action",
            `rule ${index} by ${permission}`,
            at,
            put({ ...rule, Permission: [...rule.Permission, permission] }),
          );
      for (const permission of rule.Permission)
        if (rule.Permission.length > 1)
          yield changed(
            "drop action",
            `${permission} of rule ${index}`,
            at,
            put({ ...rule, Permission: rule.Permission.filter((each) => each !== permission) }),
          );
    }
  }
}
