import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AwsError, FUNCTIONS_FOLDER, type Gateway, type Session } from "../contract.ts";
import { findFunction, type FunctionDefinition } from "./definition.ts";
import { ExecutionEnvironment, PAYLOAD_BYTES } from "./environment.ts";
import { FunctionLog } from "./log.ts";
import { EnvironmentPool, type PoolLimits } from "./pool.ts";
import { environmentVariables, logStreamName } from "./variables.ts";

/** Time that credentials must outlive an invocation's own time-out by, in milliseconds. */
const CREDENTIALS_MARGIN_MS = 60_000;

export interface FunctionRunner {
  /**
   * Runs a deployed function by name or ARN with a JSON event, and resolves to its JSON answer. It decides no access:
   * who may invoke is the caller's question. `requestId`: new by default. `tenantId`: for a function in tenant isolation mode.
   * @throws FunctionError (an AwsError) if the function failed; AwsError if it could not be run.
   */
  invoke(
    name: string,
    event: unknown,
    options?: { readonly requestId?: string; readonly tenantId?: string | undefined },
  ): Promise<unknown>;
  /** Ends every environment, running ones included. */
  close(): Promise<void>;
}

/** Runs the deployed functions' own bundles in worker threads, the way Lambda runs them in execution environments. */
export function createFunctionRunner(gateway: Gateway, limits?: PoolLimits): FunctionRunner {
  const { account } = gateway;
  const functions = join(account.folder, FUNCTIONS_FOLDER);
  mkdirSync(functions, { recursive: true });
  // A `.js` file without a package.json is CommonJS on Lambda, whatever the folders above it here say.
  writeFileSync(join(functions, "package.json"), '{ "type": "commonjs" }\n');

  const pool = new EnvironmentPool((definition, tenantId) => {
    const session = functionSession(gateway, definition);
    const stream = logStreamName();
    return new ExecutionEnvironment(definition, {
      variables: environmentVariables(definition, session, gateway.origin, stream),
      usableUntil: session.expiresAt - definition.timeoutMs - CREDENTIALS_MARGIN_MS,
      log: new FunctionLog(account.folder, definition.name),
      stream,
      tenantId,
    });
  }, limits);

  return {
    async invoke(name, event, { requestId = randomUUID(), tenantId } = {}) {
      const definition = findFunction(account, name);
      checkTenant(definition, tenantId);
      const payload = JSON.stringify(event === undefined ? {} : event);
      if (Buffer.byteLength(payload) > PAYLOAD_BYTES)
        throw new AwsError(
          "RequestTooLargeException",
          `Request must be smaller than ${PAYLOAD_BYTES} bytes for the InvokeFunction operation`,
          413,
        );
      const environment = await pool.acquire(definition, tenantId);
      try {
        return JSON.parse(await environment.invoke(requestId, payload)) as unknown;
      } finally {
        pool.release(environment);
      }
    },
    close: () => pool.close(),
  };
}

/** Lambda's own form of a tenant id (Invoke, X-Amz-Tenant-Id). */
const TENANT_ID = /^[a-zA-Z0-9._:/=+\-@ ]{1,256}$/;

/** A function in tenant isolation mode takes no call without a tenant, and any other function none with one. */
function checkTenant({ perTenant }: FunctionDefinition, tenantId: string | undefined): void {
  const invalid = (message: string) => new AwsError("InvalidParameterValueException", message);
  if (perTenant && tenantId === undefined)
    throw invalid(
      "Add a valid tenant ID in your request to invoke a function with tenant isolation enabled.",
    );
  if (!perTenant && tenantId !== undefined)
    throw invalid("The invoked function is not configured with tenancy configuration. Remove the tenant ID.");
  if (tenantId !== undefined && !TENANT_ID.test(tenantId)) throw invalid("The tenant ID is not valid.");
}

/** The function's role, as the Lambda service takes it on: its trust policy must let it. */
function functionSession(gateway: Gateway, definition: FunctionDefinition): Session {
  try {
    return gateway.assumeAsService("lambda.amazonaws.com", definition.roleArn, definition.name);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new AwsError(
      "AccessDeniedException",
      `The role defined for the function ${definition.name} cannot be assumed by Lambda (${error.message})`,
      403,
    );
  }
}
