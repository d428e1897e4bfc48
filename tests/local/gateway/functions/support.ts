/** Deploys small functions, with the code that a test gives, the way the provider would. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../../../../local/account/identity.ts";
import { FUNCTIONS_FOLDER } from "../../../../local/gateway/contract.ts";
import type { Statement } from "../../../../policies/isolation/types.ts";
import type { Deployment } from "../support.ts";

export interface TestFunction {
  /** CommonJS source of `index.js`. */
  readonly code: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** Seconds. Default: 3. */
  readonly timeout?: number;
  readonly memorySize?: number;
  readonly reservedConcurrentExecutions?: number;
  /** In tenant isolation mode. */
  readonly perTenant?: boolean;
  readonly policy?: readonly Statement[];
  readonly trust?: readonly Statement[];
}

export const functionArn = (name: string): string =>
  `arn:aws:lambda:${LOCAL_REGION}:${LOCAL_ACCOUNT}:function:${name}`;

export const invokeArn = (name: string): string =>
  `arn:aws:apigateway:${LOCAL_REGION}:lambda:path/2015-03-31/functions/${functionArn(name)}/invocations`;

const LAMBDA: Statement = {
  Effect: "Allow",
  Principal: { Service: "lambda.amazonaws.com" },
  Action: "sts:AssumeRole",
};

export function deployFunction(deployment: Deployment, name: string, of: TestFunction): void {
  const folder = join(deployment.account.folder, FUNCTIONS_FOLDER, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "index.js"), of.code);
  const role = deployment.role(`fn.${name}`, { trust: of.trust ?? [LAMBDA], policy: of.policy ?? [] });
  deployment.put("aws:lambda/function:Function", name, {
    name,
    arn: functionArn(name),
    role,
    handler: "index.handler",
    runtime: "nodejs22.x",
    timeout: of.timeout ?? 3,
    memorySize: of.memorySize ?? 128,
    reservedConcurrentExecutions: of.reservedConcurrentExecutions ?? -1,
    environment: { variables: of.variables ?? {} },
    ...(of.perTenant && { tenancyConfig: { tenantIsolationMode: "PER_TENANT" } }),
  });
}

export function permit(
  deployment: Deployment,
  name: string,
  principal: string,
  source: { readonly sourceArn?: string; readonly sourceAccount?: string } = {},
): void {
  const id = `${name}-${principal}`;
  deployment.put("aws:lambda/permission:Permission", id, {
    statementId: id,
    action: "lambda:InvokeFunction",
    function: name,
    principal,
    ...source,
  });
}

/** The lines of a function's log, which begins with its first run. */
export function logOf(folder: string, name: string): Record<string, unknown>[] {
  const file = join(folder, "logs", `${name}.log`);
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The first truthy answer; looked for again and again for 4 seconds. */
export async function eventually<Value>(
  look: () => Value | undefined | false | Promise<Value | undefined | false>,
): Promise<Value> {
  const until = Date.now() + 4000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > until) throw new Error("it did not come about within 4 seconds");
    await sleep(10);
  }
}
