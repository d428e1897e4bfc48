/** AWS STS (query protocol): AssumeRole and GetCallerIdentity. Source: STS API reference, version 2011-06-15. */
import { LOCAL_ACCOUNT } from "../../account/identity.ts";
import { AwsError, type Call, type Gateway, type Reply, type Service } from "../contract.ts";
import { tag } from "../protocol.ts";
import { assumeRole } from "./sts-assume-role.ts";

export function createStsService(gateway: Gateway): Service {
  return {
    serves: (call) => call.service === "sts",
    handle: (call) => Promise.resolve(handle(gateway, call)),
  };
}

function handle(gateway: Gateway, call: Call): Reply {
  const form = readForm(call);
  const action = form.get("Action") ?? "";
  switch (action) {
    case "AssumeRole":
      return reply(call, action, assumeRole(gateway, call, form));
    case "GetCallerIdentity":
      // Needs no permission on AWS either.
      return reply(call, action, callerIdentity(call));
    default:
      throw new AwsError("InvalidAction", `The embedded account's STS does not serve '${action}'.`, 400);
  }
}

function callerIdentity({ session }: Call): string {
  if (session === undefined) throw new AwsError("MissingAuthenticationToken", "Sign the request.", 403);
  const { sessionArn } = session.principal;
  const name = sessionArn.slice(sessionArn.lastIndexOf("/") + 1);
  return (
    tag("Arn", sessionArn) + tag("UserId", `${session.accessKeyId}:${name}`) + tag("Account", LOCAL_ACCOUNT)
  );
}

/** The form's fields. One that is repeated could be read in two ways. */
function readForm(call: Call): ReadonlyMap<string, string> {
  const isForm = (call.headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");
  if (call.method !== "POST" || !isForm) {
    throw new AwsError("InvalidAction", "Send STS requests as POST with a form, as the AWS SDKs do.", 400);
  }
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(call.body.toString("utf8"))) {
    if (form.has(name))
      throw new AwsError("InvalidParameterCombination", `'${name}' came more than once.`, 400);
    form.set(name, value);
  }
  return form;
}

function reply(call: Call, action: string, result: string): Reply {
  return {
    status: 200,
    headers: { "content-type": "text/xml", "x-amzn-requestid": call.id },
    body: `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${result}</${action}Result><ResponseMetadata>${tag("RequestId", call.id)}</ResponseMetadata></${action}Response>`,
  };
}
