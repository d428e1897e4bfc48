/** What each setting may be, by itself. */
import { isAbsolute, normalize } from "node:path";
import { z } from "zod";
import { FUNCTIONS, type FunctionName } from "../../runtime/contract/names.ts";
import { PLANS, type Budget, type Plan } from "../../runtime/contract/registry.ts";

const roleArn = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
    "must be a role's ARN, as arn:aws:iam::111122223333:role/deployer",
  );
const userArn = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:iam::\d{12}:user\/[\w+=,.@/-]+$/,
    "must be an IAM user's ARN, as arn:aws:iam::111122223333:user/emergency",
  );
const id = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}-[0-9a-f]{8,17}$`), `must be an id, as ${prefix}-0123456789abcdef0`);

/** Parts of the platform that a stack may be deployed without. */
export const PARTS = ["edge", "network", "audit", "agent", "claims"] as const;
export type Part = (typeof PARTS)[number];

/** CloudWatch Logs keeps groups for one of these numbers of days. */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** `chat=50` */
const RESERVED = new RegExp(`^(${FUNCTIONS.join("|")})=([1-9]\\d{0,4})$`);
const reserved = z
  .array(
    z.string().regex(RESERVED, `must be FUNCTION=NUMBER, as chat=50; functions: ${FUNCTIONS.join(", ")}`),
  )
  .transform((each) =>
    each.map((one): readonly [FunctionName, number] => {
      const [fn, number] = one.split("=");
      return [fn as FunctionName, Number(number)];
    }),
  )
  .refine((each) => new Set(each.map(([fn]) => fn)).size === each.length, "names a function twice")
  .transform((each): Readonly<Partial<Record<FunctionName, number>>> => Object.fromEntries(each));

/** How many requests a tenant of a plan may make. */
export interface PlanLimits {
  readonly requestsPerSecond: number;
  /** Requests at one moment, after a time without any. */
  readonly burst: number;
  readonly requestsPerMonth: number;
}

/** `standard=20/60/1000000` */
const PLAN_LIMITS = new RegExp(`^(${PLANS.join("|")})=([1-9]\\d{0,3})/([1-9]\\d{0,3})/([1-9]\\d{0,8})$`);
const planLimits = z
  .array(
    z
      .string()
      .regex(
        PLAN_LIMITS,
        `must be PLAN=PER_SECOND/BURST/PER_MONTH, as standard=20/60/1000000; plans: ${PLANS.join(", ")}`,
      ),
  )
  .refine(
    (each) =>
      each.length === PLANS.length && PLANS.every((plan) => each.some((one) => one.startsWith(`${plan}=`))),
    `must name each plan once: ${PLANS.join(", ")}`,
  )
  .transform((each): Readonly<Record<Plan, PlanLimits>> => {
    const limitsOf = (one: string): PlanLimits => {
      const [requestsPerSecond = 0, burst = 0, requestsPerMonth = 0] = (one.split("=")[1] ?? "")
        .split("/")
        .map(Number);
      return { requestsPerSecond, burst, requestsPerMonth };
    };
    return Object.fromEntries(each.map((one) => [one.split("=")[0], limitsOf(one)])) as Record<
      Plan,
      PlanLimits
    >;
  });

/** `standard=20000/40000000` */
const PLAN_BUDGETS = new RegExp(`^(${PLANS.join("|")})=([1-9]\\d{0,8})/([1-9]\\d{0,11})$`);
const planBudgets = z
  .array(
    z
      .string()
      .regex(
        PLAN_BUDGETS,
        `must be PLAN=QUESTIONS/TOKENS, as standard=20000/100000000; plans: ${PLANS.join(", ")}`,
      ),
  )
  .refine(
    (each) =>
      each.length === PLANS.length && PLANS.every((plan) => each.some((one) => one.startsWith(`${plan}=`))),
    `must name each plan once: ${PLANS.join(", ")}`,
  )
  .transform(
    (each) =>
      Object.fromEntries(
        each.map((one): readonly [string, Budget] => {
          const [plan = "", limits = ""] = one.split("=");
          const [questions = 0, tokens = 0] = limits.split("/").map(Number);
          return [plan, { questions, tokens }];
        }),
      ) as Readonly<Record<Plan, Budget>>,
  );

/** The `bulkhead:` settings of a stack, as Pulumi.yaml declares them (descriptions and defaults stand there). */
export const FIELDS = {
  omit: z.array(
    z.enum(PARTS, { error: (issue) => `${JSON.stringify(issue.input)} is none of ${PARTS.join(", ")}` }),
  ),
  deploymentRoleArns: z.array(roleArn).min(1),
  referenceFolder: z
    .string()
    .refine(
      (path) => !isAbsolute(path) && !normalize(path).startsWith(".."),
      "must be a folder inside the project",
    ),
  embeddingModelId: z.string().min(1),
  embeddingDimensions: z.union([z.literal(256), z.literal(512), z.literal(1024)], {
    error: "must be 256, 512 or 1024",
  }),
  chatModelId: z.string().min(1),
  agentBaseImage: z
    .string()
    .regex(
      /^public\.ecr\.aws\/[a-z0-9._/-]+(:[\w.-]{1,128})?(@sha256:[0-9a-f]{64})?$/,
      "must be an image of public.ecr.aws with Node 22, as public.ecr.aws/docker/library/node:22-slim, with a digest or without",
    ),
  authorizerCacheSeconds: z.int().min(0).max(3600),
  dataSessionSeconds: z.int().min(900).max(3600),
  indexSettleSeconds: z.int().min(0).max(300),
  collectionCapacity: z
    .int()
    .refine(
      (n) => [1, 2, 4, 8].includes(n) || (n > 0 && n % 16 === 0),
      "must be 1, 2, 4, 8, 16 or a multiple of 16",
    ),
  redundantCollections: z.boolean(),
  collectionVpcEndpointIds: z.array(id("vpce")),
  networkZones: z.union([z.literal(2), z.literal(3)], { error: "must be 2 or 3" }),
  networkZoneNames: z.array(
    z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, "must be a zone, as us-east-1a"),
  ),
  networkCidr: z
    .string()
    .regex(
      /^(10\.\d{1,3}|172\.(1[6-9]|2\d|3[01])|192\.168)\.\d{1,3}\.\d{1,3}\/(1[6-9]|2[0-2])$/,
      "must be private addresses of size /16 to /22, as 10.0.0.0/20",
    ),
  vpcId: z.union([z.literal(""), id("vpc")]),
  privateSubnetIds: z.array(id("subnet")),
  privateRouteTableIds: z.array(id("rtb")),
  poolInstanceType: z
    .string()
    .regex(/^[a-z0-9]+\.[a-z0-9]+\.search$/, "must be an OpenSearch instance type, as r7g.large.search"),
  poolInstanceCount: z
    .int()
    .refine(
      (n) => n === 1 || n === 2 || (n > 0 && n <= 30 && n % 3 === 0),
      "must be 1, 2 or a multiple of 3 up to 30",
    ),
  poolVolumeGiB: z.int().min(10).max(3072),
  poolMasterInstanceType: z
    .string()
    .regex(
      /^([a-z0-9]+\.[a-z0-9]+\.search)?$/,
      "must be an OpenSearch instance type, as m7g.large.search, or empty",
    ),
  claimsMinCapacity: z.int().min(0).max(256),
  claimsMaxCapacity: z.int().min(1).max(256),
  claimsInstanceCount: z.int().min(1).max(3),
  alarmEmail: z.union([z.literal(""), z.email()], { error: "must be an e-mail address, or empty" }),
  monthlyBudgetUsd: z.int().min(1),
  auditRetentionDays: z.int().min(1).max(3650),
  canaryMinutes: z
    .int()
    .refine((n) => n === 0 || (n >= 15 && n <= 1440), "must be 15 to 1440, or 0 for no canary"),
  logRetentionDays: z
    .int()
    .refine((days) => LOG_RETENTION_DAYS.includes(days), `must be one of ${LOG_RETENTION_DAYS.join(", ")}`),
  reservedConcurrency: reserved,
  planLimits,
  planBudgets,
  apiRequestsPerSecond: z.int().min(1).max(10_000),
  apiBurst: z.int().min(1).max(5000),
  edgePriceClass: z.enum(["PriceClass_100", "PriceClass_200", "PriceClass_All"], {
    error: "must be PriceClass_100, PriceClass_200 or PriceClass_All",
  }),
  requestsPerAddress: z.int().min(10).max(2_000_000_000),
  domainName: z
    .string()
    .regex(
      /^(([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63})?$/,
      "must be a host name, as assistant.example.com, or empty",
    ),
  certificateArn: z
    .string()
    .regex(
      /^(arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate\/[0-9a-f-]{36})?$/,
      "must be a certificate's ARN in us-east-1, where CloudFront takes it from, or empty",
    ),
  hostedZoneId: z
    .string()
    .regex(/^(Z[A-Z0-9]{5,31})?$/, "must be a hosted zone's id, as Z0123456789ABCDEFGHIJ, or empty"),
  readerPrincipalArns: z.array(roleArn),
  breakGlassUserArns: z.array(userArn),
  consoleUrls: z
    .array(
      z
        .string()
        .regex(
          /^(https:\/\/[a-z0-9.-]+(:\d{1,5})?|http:\/\/localhost(:\d{1,5})?)\/[\w./-]*$/,
          "must be an https address (or http://localhost) with a path, as https://assistant.example.com/",
        ),
    )
    .max(10),
  mfa: z.enum(["ON", "OPTIONAL", "OFF"], { error: "must be ON, OPTIONAL or, in stack local alone, OFF" }),
  passwordSignIn: z.boolean(),
  protectTenants: z.boolean(),
};
