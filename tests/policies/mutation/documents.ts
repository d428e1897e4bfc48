/** Policy documents of the deployed resources, and every change of them. */
import { PolicyError } from "../../../policies/isolation/errors.ts";
import { parsePolicy } from "../../../policies/isolation/index.ts";
import type { PolicyDocument, Statement } from "../../../policies/isolation/types.ts";
import type { RegisteredResource } from "../support/program.ts";
import { OTHER_OF, renamed } from "./account.ts";
import type { DocumentKind, Draft } from "./mutant.ts";
import { statementChanges } from "./statements.ts";

const PLACES: Readonly<Record<string, readonly [property: string, kind: DocumentKind]>> = {
  "aws:iam/role:Role": ["assumeRolePolicy", "trust"],
  "aws:iam/rolePolicy:RolePolicy": ["policy", "identity"],
  "aws:iam/policy:Policy": ["policy", "identity"],
  "aws:s3/bucketPolicy:BucketPolicy": ["policy", "resource"],
  "aws:kms/key:Key": ["policy", "resource"],
  "aws:dynamodb/resourcePolicy:ResourcePolicy": ["policy", "resource"],
  "aws:opensearch/domainPolicy:DomainPolicy": ["accessPolicies", "resource"],
  "aws:secretsmanager/secretPolicy:SecretPolicy": ["policy", "resource"],
  "aws:bedrock/agentcoreResourcePolicy:AgentcoreResourcePolicy": ["policy", "resource"],
};

export interface Place {
  readonly resource: RegisteredResource;
  readonly property: string;
  readonly kind: DocumentKind;
  readonly document: PolicyDocument;
  /** `acme-documents-policy.policy` */
  readonly name: string;
}

export function placesOf(resources: readonly RegisteredResource[]): readonly Place[] {
  return resources.flatMap((resource): Place[] => {
    const [property, kind] = PLACES[resource.type] ?? [];
    const text = property === undefined ? undefined : resource.props[property];
    if (property === undefined || kind === undefined || typeof text !== "string") return [];
    if (!text.startsWith("{")) return [];
    const document = JSON.parse(text) as PolicyDocument;
    return [{ resource, property, kind, document, name: `${resource.name}.${property}` }];
  });
}

/** Why AWS would not take a document; undefined: it would. */
export function faultOf(document: PolicyDocument, kind: DocumentKind): string | undefined {
  try {
    parsePolicy(document);
  } catch (error) {
    if (error instanceof PolicyError) return error.message;
    throw error;
  }
  const statements = statementsOf(document);
  if (statements.length === 0) return "no statement";
  for (const each of statements) {
    const named = each.Principal ?? each.NotPrincipal;
    if ((named === undefined) !== (kind === "identity"))
      return "a principal where there is none to be, or none";
    if (kind === "trust" && (each.Resource ?? each.NotResource) !== undefined)
      return "a resource in a trust policy";
    if (kind === "trust" && [each.Action ?? []].flat().some((action) => !action.startsWith("sts:")))
      return "an action of another service in a trust policy";
    if (kind === "identity" && (each.Resource ?? each.NotResource) === undefined) return "no resource";
  }
  return undefined;
}

const statementsOf = ({ Statement: listed }: PolicyDocument): readonly Statement[] => [listed].flat();

export function* documentMutants(place: Place, strangers: readonly string[]): Generator<Draft> {
  const { document, kind, name } = place;
  const statements = statementsOf(document);
  const put = (operator: string, what: string, changed: readonly Statement[]): Draft =>
    withDocument(place, operator, `${what} in ${name}`, { ...document, Statement: changed });
  for (const [at, statement] of statements.entries()) {
    const of = statement.Sid ?? `#${at}`;
    for (const [operator, what, changed] of statementChanges(statement, kind)) {
      const then = statements.flatMap((each, i) =>
        i !== at ? [each] : changed === undefined ? [] : [changed],
      );
      // A document without a statement is none: its resource goes.
      if (then.length > 0) yield put(operator, `${what} of ${of}`, then);
      else if (kind !== "trust" && place.resource.type !== "aws:kms/key:Key")
        yield {
          ...put(operator, `${what} of ${of}`, then),
          invalid: undefined,
          edit: { drop: [place.resource.urn] },
        };
    }
  }
  const extra = (principal: Pick<Statement, "Principal"> | undefined, action: string): Statement => ({
    Sid: "Added",
    Effect: "Allow",
    ...principal,
    Action: action,
    ...(kind === "trust" ? {} : { Resource: "*" }),
  });
  if (kind === "identity")
    for (const action of ADDED) yield put("add an Allow", action, [...statements, extra(undefined, action)]);
  else
    for (const AWS of strangers)
      yield put("add an Allow", `for ${AWS}`, [
        ...statements,
        extra({ Principal: { AWS } }, kind === "trust" ? "sts:*" : "*"),
      ]);
  yield* ofAnother(place);
}

/** What an identity policy may be given too much of. */
const ADDED = [
  "s3:GetObject",
  "s3:ListBucket",
  "s3:PutBucketPolicy",
  "kms:Decrypt",
  "dynamodb:GetItem",
  "dynamodb:Scan",
  "secretsmanager:GetSecretValue",
  "bedrock:Retrieve",
  "es:ESHttpPost",
  "aoss:APIAccessAll",
  "bedrock-agentcore:ListEvents",
  "rds-data:ExecuteStatement",
  "sts:AssumeRole",
  "iam:PassRole",
];

/** One tenant's document that speaks of another tenant, in one statement or all of them. */
function* ofAnother(place: Place): Generator<Draft> {
  const { document, name } = place;
  for (const [id, other] of Object.entries(OTHER_OF)) {
    const whole = JSON.stringify(document);
    const swapped = renamed(whole, id, other);
    if (swapped === whole) continue;
    yield withDocument(
      place,
      "swap tenant",
      `${id} for ${other} in all of ${name}`,
      JSON.parse(swapped) as PolicyDocument,
    );
    for (const [at, statement] of statementsOf(document).entries()) {
      const text = JSON.stringify(statement);
      const changed = renamed(text, id, other);
      if (changed === text) continue;
      const of = statement.Sid ?? `#${at}`;
      yield withDocument(place, "swap tenant", `${id} for ${other} in ${of} in ${name}`, {
        ...document,
        Statement: statementsOf(document).with(at, JSON.parse(changed) as Statement),
      });
    }
  }
}

function withDocument(place: Place, operator: string, what: string, document: PolicyDocument): Draft {
  const { resource, property, kind } = place;
  return {
    name: `${operator}: ${what}`,
    operator,
    edit: {
      set: [{ ...resource, props: { ...resource.props, [property]: JSON.stringify(document) } }],
    },
    invalid: faultOf(document, kind),
  };
}
