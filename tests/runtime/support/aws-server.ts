import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { marshall } from "@aws-sdk/util-dynamodb";
import type { JWK } from "jose";

import { registryItem } from "./grants.ts";
import { POOL } from "./tokens.ts";

/**
 * What the authorizer and the broker need of AWS, behind one endpoint and without any check: the pool's key set, the registry and STS.
 * `calls` tells what was asked for, in order.
 */
export async function serveAws(
  keys: readonly JWK[],
  statusOf: (tenantId: string) => "active" | "suspended" | undefined,
) {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      if (request.url === `/${POOL}/.well-known/jwks.json`) {
        calls.push("key set");
        response.end(JSON.stringify({ keys }));
      } else if (request.headers["x-amz-target"] === "DynamoDB_20120810.GetItem") {
        const id = (JSON.parse(text) as { Key: { tenant_id: { S: string } } }).Key.tenant_id.S;
        calls.push(`registry ${id}`);
        const status = statusOf(id);
        response.end(JSON.stringify(status ? { Item: marshall(registryItem(id, { status })) } : {}));
      } else {
        const role = new URLSearchParams(text).get("RoleArn") ?? "";
        calls.push(`role ${role.slice(role.lastIndexOf("/") + 1)}`);
        response.end(assumed());
      }
    });
  });
  server.unref();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls, close };
}

function assumed(): string {
  const expiration = new Date(Date.now() + 900_000).toISOString();
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
    <AccessKeyId>AKIDTENANT</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>session</SessionToken>
    <Expiration>${expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;
}
