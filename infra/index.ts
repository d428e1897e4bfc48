import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { dirname, join } from "node:path";
import process from "node:process";
import { loadTenants } from "../tenants/catalog.ts";
import { Tenant } from "../tenants/tenant.ts";
import { told } from "../tenants/told.ts";
import type { GuardInput } from "../runtime/contract/admin-payloads.ts";
import { CANARY_CLIENT, CANARY_TENANTS } from "../runtime/contract/names.ts";
import { AgentHost } from "./agent-host.ts";
import { Canary, missingForCanary } from "./canary.ts";
import { Platform } from "./platform.ts";
import { readSettings, settingsOf } from "./settings.ts";
import { refuseTrialElsewhere, TRIAL } from "./trial.ts";
import "./without-tracing.ts";

const root = dirname(import.meta.dirname);
const settings = told(() => readSettings(root, settingsOf(pulumi.runtime.allConfig()), pulumi.getStack()));
const { environment } = settings;
// The embedded account may bring tenants of its own; no other environment's depend on a variable.
const folder =
  (environment === TRIAL ? process.env["BULKHEAD_TENANTS"] : undefined) ??
  join(root, "tenants", "config", environment);
const tenants = told(() => loadTenants(folder));

const { accountId: account } = await aws.getCallerIdentity();
told(() => {
  refuseTrialElsewhere(environment, account);
});
const { partition } = await aws.getPartition();
const place = { environment, account, region: aws.config.requireRegion(), partition };

const platform = new Platform("platform", {
  place,
  settings,
  pooled: tenants.some(({ tier }) => tier === "pool"),
  root,
});
// Policies of keys and tables may name only roles that exist, so the platform's come first.
const made = new Map(
  tenants.map((spec) => [
    spec.id,
    new Tenant(spec.id, { spec, shared: platform.shared }, { dependsOn: [platform] }),
  ]),
);
const agent =
  platform.agent &&
  new AgentHost("agent", {
    ...platform.agent,
    clientIds: pulumi
      .all([platform.clientId, pulumi.all([...made.values()].map(({ clientIds }) => clientIds))])
      .apply(([own, others]) => [own, ...others.flat()]),
  });
let canary: Canary | undefined;
if (settings.canaryMinutes > 0) {
  const missing = missingForCanary(tenants);
  if (missing === undefined) {
    const clients = Object.fromEntries(
      CANARY_TENANTS.flatMap((id) => {
        const client = made.get(id)?.machines[CANARY_CLIENT];
        return client ? [[id, client] as const] : [];
      }),
    );
    const { functions, apiUrl, alarmTopicArn } = platform;
    const { deploymentRoleArns, canaryMinutes: minutes } = settings;
    canary = new Canary(
      "canary",
      { functions, apiUrl, deploymentRoleArns, clients, minutes, alarmTopicArn },
      { dependsOn: [...made.values()] },
    );
  } else if (environment !== TRIAL) void pulumi.log.warn(missing);
}

// Deletion begins with what nothing depends on. By itself, `destroy` would delete what nothing protects before it comes to
// what is protected; this comes first, stands for all of it, and so nothing is deleted.
const guard: GuardInput = {
  kind: "guard",
  name: environment,
  body: { isProtected: settings.protectTenants },
  revision: "1",
};
new aws.lambda.Invocation(
  "guard",
  {
    functionName: platform.shared.userAdminFunction,
    input: JSON.stringify(guard),
    lifecycleScope: "CRUD",
  },
  { dependsOn: [platform, ...made.values(), ...(agent ? [agent] : []), ...(canary ? [canary] : [])] },
);

/** Where the API is: `<apiUrl>/v1/chat`. */
export const apiUrl = platform.apiUrl;
/** The user pool that issues tokens, and its client for users. */
export const userPoolId = platform.userPoolId;
export const clientId = platform.clientId;
/** The agent on AgentCore, if it is hosted: clients call its endpoint `live` with an access token. */
export const agentRuntimeArn = agent?.runtimeArn;
/** Where the agent keeps conversations, if it does. */
export const agentMemoryId = platform.agentMemoryId;
/** Which tenant an account is of, and who uses each tenant; the pre-token trigger reads both. */
export const membershipsTable = platform.membershipsTable;
export const usersTable = platform.usersTable;
