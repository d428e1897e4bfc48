/**
 * A share of all calls is throttled, in each service's own words as the embedded account writes them: requests are answered all
 * the same, by the retries that the runtime's policy has.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { AwsError } from "../../local/gateway/contract.ts";
import { errorReply, protocolOf } from "../../local/gateway/protocol.ts";
import { engineReply, THROTTLES } from "../../local/gateway/throttle.ts";
import type { FunctionName } from "../../runtime/contract/names.ts";
import { sidecar } from "../../runtime/shared/sidecar.ts";
import { proxyEvent } from "../runtime/support/http-events.ts";
import type { Reply } from "./support/misbehaviour.ts";
import { TENANT, type Dependency } from "./support/services.ts";
import { setting } from "./support/setting.ts";

/** The API behind each dependency; a key set is a file, which nobody signs for. */
const API: Readonly<Record<Exclude<Dependency, "key set">, string>> = {
  broker: "lambda",
  registry: "dynamodb",
  sts: "sts",
  "embedding model": "bedrock",
  "chat model": "bedrock",
  "reference corpus": "bedrock",
  "tenant store": "aoss",
  "document store": "s3",
  "document states": "bedrock",
  ingestion: "bedrock",
};

function throttled(dependency: Exclude<Dependency, "key set">): Reply {
  const api = API[dependency];
  const [code, status, message] = THROTTLES[api]!;
  const error = new AwsError(code, message, status);
  const reply =
    dependency === "tenant store" ? engineReply(error) : errorReply(protocolOf(api, {}), error, "r");
  const { "content-type": type = "", ...headers } = { ...reply.headers };
  return { status, type, headers, body: String(reply.body) };
}

const { requests } = parse(
  readFileSync(join(import.meta.dirname, "../scenarios/faults/requests.yaml"), "utf8"),
) as {
  readonly requests: readonly {
    readonly name: string;
    readonly function: FunctionName;
    readonly method: string;
    readonly path: string;
    readonly body?: object;
    readonly parameters?: Readonly<Record<string, string>>;
    readonly status: number;
  }[];
};

describe("faults: throttled services", function () {
  this.timeout(240_000);
  const world = setting(["chat", "documents"]);
  const { services } = world;
  let tokens = 0;

  for (const { name, function: fn, method, path, body, parameters, status } of requests)
    it(`${name}: answered though every dependency throttles its first request, and each fifth after it`, async () => {
      services.reset();
      services.bucket.put(`${TENANT}/a.md`, "old");
      services.bucket.put(`${TENANT}/a.md.metadata.json`, sidecar(TENANT, undefined));
      const refused = new Set<Dependency>();
      services.decide = (dependency, nth) => {
        if (dependency === "key set" || nth % 5 !== 1) return undefined;
        refused.add(dependency);
        return throttled(dependency);
      };
      const event = proxyEvent({
        method,
        path,
        ...(body && { body }),
        ...(parameters && { parameters }),
        headers: { Authorization: `Bearer throttled${(tokens += 1)}` },
        authorizedTenant: TENANT,
      });
      const { value, error } = await world.functions.invoke(fn, event);
      assert.equal(error, undefined);
      const answer = value as { statusCode: number; body: string };
      assert.equal(answer.statusCode, status, answer.body);
      assert.ok(refused.size >= 2, [...refused].join());
      for (const dependency of refused) assert.ok(services.counts.get(dependency)! >= 2, dependency);
    });
});
