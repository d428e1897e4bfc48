/** `npm start`: the embedded account with the sample tenants, up until Ctrl-C. */
import { join, resolve } from "node:path";
import process from "node:process";
import { loadTenants } from "../../tenants/catalog.ts";
import { deploy } from "../demo/deploy.ts";
import type { Deployment } from "../demo/operator.ts";
import { Scenario } from "../demo/scenario.ts";
import { Screen } from "../demo/screen.ts";
import { openEmbedded } from "../embedded.ts";
import { defaultPlace, LOCAL_STACK, PROJECT } from "../paths.ts";
import { agentLine, apiLine } from "./ask-lines.ts";
import { interruptible } from "./interrupt.ts";
import { main } from "./main.ts";

await main(() => interruptible(start));

async function start(signal: AbortSignal): Promise<number> {
  const screen = new Screen();
  // Read before anything is started: a fault in a file is told at once.
  const folder = resolve(process.env["BULKHEAD_TENANTS"] ?? join(PROJECT, "tenants", "config", LOCAL_STACK));
  const tenants = loadTenants(folder).map(({ id }) => id);
  const embedded = await openEmbedded(defaultPlace("local"));
  try {
    screen.heading("Deploy");
    const deployed = await deploy(embedded, screen, { signal, tenants: folder });
    const deployment = deployed.outputs as unknown as Deployment;
    const scenario = new Scenario(embedded.gateway, deployment);
    screen.heading("Documents");
    const users = await scenario.invite(tenants);
    for (const tenant of tenants) {
      signal.throwIfAborted();
      screen.done(`${tenant}: ${await scenario.upload(tenant)} documents`);
    }
    screen.heading("Running");
    screen.line(`  API    ${deployment.apiUrl}`);
    screen.line(`  users  ${"name".padEnd(18)}${"tenant".padEnd(16)}${"groups".padEnd(12)}password`);
    for (const { username, tenant, groups, password } of users) {
      screen.line(
        `         ${username.padEnd(18)}${tenant.padEnd(16)}${groups.join(",").padEnd(12)}${password}`,
      );
    }
    const [first] = users;
    if (first) {
      screen.line();
      screen.line(`  Ask, with ${first.username}'s token (valid for 15 minutes):`);
      screen.line();
      const token = scenario.token(first.username);
      screen.line(apiLine(deployment.apiUrl, token));
      if (deployment.agentRuntimeArn !== undefined) {
        screen.line();
        screen.line("  The same by AgentCore's address, as a conversation:");
        screen.line();
        screen.line(agentLine(embedded.gateway.origin, deployment.agentRuntimeArn, token));
      }
    }
    screen.line();
    screen.line("  Ctrl-C stops it; what was deployed and uploaded stays.");
    await new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => {
        resolve();
      });
    });
    return 0;
  } finally {
    await embedded.close();
  }
}
