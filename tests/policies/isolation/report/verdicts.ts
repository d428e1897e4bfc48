/** Verdicts to report: what a proof could say of environments good, bad, large and hostile. */
import type {
  Counterexample,
  JudgedTenant,
  Layer,
  MatrixRow,
  Verdict,
} from "../../../../policies/isolation/report/verdict.ts";

const ALL: readonly Layer[] = ["routing", "credentials", "resources"];
const INSIDE: readonly Layer[] = ["credentials", "resources"];

export function tenant(id: string, tier: "silo" | "pool", environment = "dev"): JudgedTenant {
  const store = tier === "silo" ? { collection: ALL } : { index: ALL };
  return {
    id,
    tier,
    class: `${tier} 1`,
    file: `tenants/config/${environment}/${id}.yaml`,
    refusedBy: { objects: ALL, key: INSIDE, ...store, "registry item": ["credentials"], secret: INSIDE },
  };
}

const MATRIX: readonly MatrixRow[] = (["silo", "pool"] as const).flatMap((tier): MatrixRow[] => [
  {
    resource: "objects",
    tier,
    stillRefused: {
      routing: ["trust of the data role", "bucket policy"],
      credentials: ["bucket policy", "key policy"],
      resources: ["identity policy", "permissions boundary"],
    },
  },
  {
    resource: tier === "silo" ? "collection" : "index",
    tier,
    stillRefused: {
      routing: ["trust of the data role"],
      credentials: tier === "silo" ? ["data-access policy"] : ["domain policy", "role in OpenSearch"],
      resources: ["identity policy"],
    },
  },
  {
    resource: "registry item",
    tier,
    stillRefused: { routing: ["identity policy"], credentials: [], resources: ["identity policy"] },
  },
]);

export const PROVEN: Verdict = {
  proven: true,
  environment: "dev",
  tenants: [
    tenant("acme", "silo"),
    tenant("borealis", "silo"),
    tenant("cobalt", "pool"),
    tenant("cobalt-marine", "pool"),
  ],
  counterexamples: [],
  gaps: [],
  matrix: MATRIX,
  exceptions: [
    {
      principal: "arn:aws:iam::111122223333:role/bulkhead.dev.fn.authorizer",
      reaches: "registry items of all tenants, by GetItem",
      reason: "it decides before a tenant's credentials exist whether the tenant is active",
    },
    {
      principal: "arn:aws:iam::111122223333:role/bulkhead.dev.fn.broker",
      reaches: "registry items of all tenants, by GetItem",
      reason: "it verifies the tenant's status before it mints credentials",
    },
  ],
  figures: { tenants: 4, classes: 2, resources: 224, decisions: 18_204, queries: 36, seconds: 3.24 },
};

export const OPEN_BUCKET: Counterexample = {
  question: "separation",
  summary: "acme's data role reads borealis's objects",
  principal: {
    arn: "arn:aws:iam::111122223333:role/bulkhead.dev.data.acme",
    tags: { tenant_id: "acme" },
    chain: [
      "arn:aws:iam::111122223333:role/bulkhead.dev.fn.broker",
      "arn:aws:iam::111122223333:role/bulkhead.dev.data.acme",
    ],
    tenant: "acme",
  },
  action: "s3:GetObject",
  resource: "arn:aws:s3:::bulkhead-dev-111122223333-borealis/borealis/terms.md",
  context: { "aws:SecureTransport": "true" },
  owner: "borealis",
  by: {
    policy: "bucket policy of bulkhead-dev-111122223333-borealis",
    statement: "Partners",
    urn: "urn:pulumi:dev::bulkhead::bulkhead:tenants:Tenant$aws:s3/bucketPolicy:BucketPolicy::borealis-bucket-policy",
  },
  file: "tenants/config/dev/borealis.yaml",
  line: 3,
  urn: "urn:pulumi:dev::bulkhead::bulkhead:tenants:Tenant$aws:s3/bucketPolicy:BucketPolicy::borealis-bucket-policy",
  remedy: "Take the statement Partners out, or give it the condition aws:PrincipalTag/tenant_id = borealis.",
};

export const NOT_PROVEN: Verdict = {
  ...PROVEN,
  proven: false,
  counterexamples: [
    OPEN_BUCKET,
    { ...OPEN_BUCKET, action: "s3:GetObjectVersion" },
    { ...OPEN_BUCKET, action: "s3:ListBucket", resource: "arn:aws:s3:::bulkhead-dev-111122223333-borealis" },
    {
      question: "ablation",
      summary: "Without resources' own policies, cobalt's data role reads cobalt-marine's index",
      principal: {
        arn: "arn:aws:iam::111122223333:role/bulkhead.dev.data.cobalt",
        tags: { tenant_id: "cobalt" },
        chain: ["arn:aws:iam::111122223333:role/bulkhead.dev.data.cobalt"],
        tenant: "cobalt",
      },
      action: "es:ESHttpPost",
      resource: "arn:aws:es:us-east-1:111122223333:domain/bulkhead-dev/kb.cobalt-marine/_search",
      context: {},
      owner: "cobalt-marine",
      removed: "resources",
      by: { policy: "identity policy bulkhead.dev.data.cobalt", statement: "Search" },
      file: "tenants/config/dev/cobalt.yaml",
      line: 1,
      urn: "urn:pulumi:dev::bulkhead::bulkhead:tenants:Tenant$aws:iam/rolePolicy:RolePolicy::cobalt-data",
      remedy:
        "End the path at a character that no id contains: kb.cobalt and kb.cobalt.* instead of kb.cobalt*.",
    },
    {
      question: "liveness",
      summary: "acme can't read its own secret",
      principal: {
        arn: "arn:aws:iam::111122223333:role/bulkhead.dev.data.acme",
        tags: { tenant_id: "acme" },
        chain: [],
        tenant: "acme",
      },
      action: "secretsmanager:GetSecretValue",
      resource: "arn:aws:secretsmanager:us-east-1:111122223333:secret:bulkhead/dev/acme/claims",
      context: {},
      owner: "acme",
      urn: "urn:pulumi:dev::bulkhead::bulkhead:tenants:Tenant$aws:iam/rolePolicy:RolePolicy::acme-data",
      remedy: "Allow secretsmanager:GetSecretValue on the tenant's own secret.",
    },
  ],
  gaps: [
    {
      urn: "urn:pulumi:dev::bulkhead::aws:s3control/accessGrant:AccessGrant::reports",
      what: "The model does not know aws:s3control/accessGrant:AccessGrant, which can give access to objects.",
    },
  ],
};

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

/** 1,000 tenants in three classes, of which one tenant is open to everybody. */
export const LARGE: Verdict = {
  ...PROVEN,
  proven: false,
  tenants: range(1000).map((index) => {
    const id = `tenant-${String(index).padStart(4, "0")}`;
    const made = tenant(id, index % 50 === 0 ? "silo" : "pool");
    return index % 100 === 3
      ? { ...made, class: "pool 2", refusedBy: { ...made.refusedBy, claims: ALL } }
      : made;
  }),
  counterexamples: range(999)
    .filter((index) => index !== 500)
    .map((index) => ({
      ...OPEN_BUCKET,
      principal: {
        ...OPEN_BUCKET.principal,
        arn: `arn:aws:iam::111122223333:role/data.${index}`,
        tenant: "",
      },
      owner: "tenant-0500",
      summary: "Every tenant's data role reads tenant-0500's objects",
    })),
  figures: { tenants: 1000, classes: 3, resources: 24_300, decisions: 412_000, queries: 41, seconds: 8.1 },
};

/** What a name could try: HTML, Markdown, GitHub's own marks, a terminal's control characters, a turned reading direction. */
export const HOSTILE_TEXTS = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `' onmouseover='alert(1)`,
  `</style></title><svg/onload=alert(1)>`,
  `](javascript:alert(1)) [x](https://evil.example/)`,
  "```\n# Approved\n```",
  "`` ` `` <b>bold</b>",
  `| a | b |\n|---|---|`,
  `@example/platform #1 GH-1 https://evil.example www.evil.example`,
  `</details><h1>Proven</h1>`,
  `<!-- bulkhead-review -->`,
  `\u001b[2J\u001b[32mproven\u001b[0m`,
  `\u202eneverp\u2066`,
  `a\r\nb\u2028c\u0000`,
  `&lt;script&gt; &amp; \\`,
  `![x](https://evil.example/x.png)`,
  `$\\href{javascript:alert(1)}{x}$`,
] as const;

/** A verdict that says a text wherever a text can come from outside. */
export function hostile(text: string): Verdict {
  const counterexample: Counterexample = {
    question: "separation",
    summary: text,
    principal: { arn: text, tags: { [text]: text }, chain: [text, text], tenant: text },
    action: text,
    resource: text,
    context: { [text]: [text, text] },
    owner: text,
    by: { policy: text, statement: text, urn: `${text}1` },
    file: text,
    line: 1,
    urn: text,
    remedy: text,
  };
  return {
    proven: false,
    environment: text,
    tenants: [{ id: text, tier: "silo", class: text, file: text, refusedBy: { [text]: ["routing"] } }],
    counterexamples: [counterexample, { ...counterexample, action: `${text}2`, owner: `${text}2` }],
    gaps: [{ urn: text, what: text }],
    matrix: [{ resource: text, tier: "pool", stillRefused: { [text]: [text], routing: [] } }],
    exceptions: [{ principal: text, reaches: text, reason: text }],
    figures: { tenants: 1, classes: 1, resources: 1, decisions: 1, queries: 1, seconds: 0 },
  };
}
