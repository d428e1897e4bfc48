import { LOCAL_ACCOUNT } from "../../account/identity.ts";
import { AwsError, type Call, type Gateway, type Reply, type Service } from "../contract.ts";
import { findFunction, functionArn, functionName } from "../functions/definition.ts";
import { FunctionError } from "../functions/errors.ts";
import { functionPolicies } from "../functions/permissions.ts";
import { parseJson } from "../json.ts";

/** Lambda's API: Invoke. The functions are the deployed ones. */
export function createLambdaService(gateway: Gateway): Service {
  return {
    serves: (call) => call.service === "lambda",
    async handle(call) {
      try {
        return await invoke(gateway, call);
      } catch (error) {
        // Lambda's own name for it; the evaluator speaks for all services.
        if (error instanceof AwsError && error.code === "AccessDenied")
          throw new AwsError("AccessDeniedException", error.message, error.status);
        throw error;
      }
    },
  };
}

async function invoke(gateway: Gateway, call: Call): Promise<Reply> {
  const path = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(call.rawPath);
  if (!path || call.method !== "POST")
    throw new AwsError("NotImplemented", `Lambda ${call.method} ${call.rawPath} is not served locally`, 501);
  for (const header of ["x-amz-client-context", "x-amz-durable-execution-name"])
    if (call.headers[header]) throw unsupported(header);
  if ((call.headers["x-amz-log-type"] ?? "None") !== "None") throw unsupported("x-amz-log-type");
  const query = new URLSearchParams(call.rawQuery);
  for (const name of query.keys()) if (name !== "Qualifier") throw unsupported(`query parameter ${name}`);
  const qualifier = query.get("Qualifier");
  const name = functionName(decode(path[1] ?? "") + (qualifier === null ? "" : `:${qualifier}`));

  gateway.authorize(call, {
    action: "lambda:InvokeFunction",
    resource: functionArn(name),
    resourceAccount: LOCAL_ACCOUNT,
    resourcePolicies: functionPolicies(gateway.account, name),
  });
  const { perTenant } = findFunction(gateway.account, name);
  const tenantId = call.headers["x-amz-tenant-id"];
  const event = parse(call.body);
  const version = { "x-amz-executed-version": "$LATEST" };
  switch (call.headers["x-amz-invocation-type"] ?? "RequestResponse") {
    case "DryRun":
      return { status: 204 };
    case "Event":
      if (perTenant || tenantId !== undefined) throw unsupported("a tenant and type Event");
      gateway.invokeFunctionLater(name, event);
      return { status: 202 };
    case "RequestResponse":
      break;
    default:
      throw new AwsError("InvalidParameterValueException", "Unknown X-Amz-Invocation-Type");
  }
  const headers = { "content-type": "application/json", ...version };
  try {
    return {
      status: 200,
      headers,
      body: JSON.stringify(await gateway.invokeFunction(name, event, tenantId)),
    };
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
    return {
      status: 200,
      headers: { ...headers, "x-amz-function-error": "Unhandled" },
      body: JSON.stringify(error.payload),
    };
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new AwsError("ValidationException", `"${part}" is not a function's name or ARN`);
  }
}

function parse(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return parseJson(body.toString("utf8"));
  } catch {
    throw new AwsError("InvalidRequestContentException", "Could not parse request body into json");
  }
}

function unsupported(what: string): AwsError {
  return new AwsError("NotImplemented", `Lambda Invoke with ${what} is not served locally`, 501);
}
