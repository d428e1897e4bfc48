/** What the gateway gives to its services. */
import { randomUUID } from "node:crypto";
import type { Account } from "../account/account.ts";
import type { DatabaseServers } from "../postgres/databases.ts";
import type { Authorizer } from "./authorize.ts";
import { AwsError, type Gateway, type IssueOptions, type Session } from "./contract.ts";
import type { Role, Roles } from "./roles.ts";
import type { Sessions } from "./sessions.ts";

export interface GatewayParts {
  readonly account: Account;
  readonly databases: DatabaseServers;
  readonly origin: string;
  readonly roles: Roles;
  readonly sessions: Sessions;
  readonly authorizer: Authorizer;
  readonly call: Gateway["call"];
  readonly invokeFunction: Gateway["invokeFunction"];
  readonly invokeFunctionLater: Gateway["invokeFunctionLater"];
}

const DEFAULT_SECONDS = 3600;

export function createGateway(parts: GatewayParts): Gateway {
  const {
    account,
    databases,
    origin,
    roles,
    sessions,
    authorizer,
    call,
    invokeFunction,
    invokeFunctionLater,
  } = parts;
  const roleOf = (arn: string): Role => {
    const role = roles.find(arn);
    if (role === undefined) {
      throw new AwsError("NoSuchEntity", `The role ${arn} is not deployed.`, 404);
    }
    return role;
  };
  const issueSession = (roleArn: string, sessionName: string, options: IssueOptions = {}): Session =>
    sessions.issue(roleOf(roleArn), {
      sessionName,
      seconds: options.seconds ?? DEFAULT_SECONDS,
      ...(options.tags && { tags: options.tags }),
      ...(options.sourceIdentity !== undefined && { sourceIdentity: options.sourceIdentity }),
    });
  return {
    account,
    databases,
    origin,
    call,
    invokeFunction,
    invokeFunctionLater,
    issueSession,
    decide: (who, access) => authorizer.decide(who, access),
    authorize: (who, access) => authorizer.authorize(who, access),
    record: (who, access, decision) => {
      authorizer.record(who, access, decision);
    },
    assumeAsService: (service, roleArn, sessionName, context) => {
      const role = roleOf(roleArn);
      authorizer.authorize(
        { principal: { kind: "service", service }, id: randomUUID() },
        {
          action: "sts:AssumeRole",
          resource: role.arn,
          resourcePolicies: [role.trust],
          resourcePolicyMode: "required",
          ...(context && { context }),
        },
      );
      return issueSession(roleArn, sessionName);
    },
  };
}
