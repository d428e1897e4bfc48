/** The documents that the deployed API must refuse, on the handler itself: nothing is stored, and the answer says what to mend. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { documentRoutes } from "../../../runtime/documents/documents.ts";
import { createContextCache } from "../../../runtime/shared/credentials.ts";
import { MemoryBucket } from "../support/bucket.ts";
import { granted, registryItem } from "../support/grants.ts";
import { send } from "../support/http-events.ts";

interface Case {
  readonly name: string;
  readonly document?: Readonly<Record<string, unknown>>;
  readonly text?: string;
  readonly base64?: string;
  readonly fill?: readonly [field: string, unit: string, count: number];
  readonly expect: { readonly status: number; readonly says?: string; readonly behind?: string };
}

const cases = parse(
  readFileSync(new URL("../../scenarios/api/documents.yaml", import.meta.url), "utf8"),
) as Case[];

function bodyOf({ document, text, base64, fill }: Case): string {
  // What is no UTF-8 has been replaced when API Gateway hands a body on.
  if (base64 !== undefined) return Buffer.from(base64, "base64").toString("utf8");
  if (text !== undefined) return text;
  const [field = "", unit = "", count = 0] = fill ?? [];
  return JSON.stringify(
    fill ? { ...document, [field]: unit.repeat(count) + String(document?.[field]) } : document,
  );
}

describe("documents that must not be stored", () => {
  for (const each of cases)
    it(each.name, async () => {
      const bucket = new MemoryBucket();
      bucket.put("acme/there.md", "there");
      const routes = documentRoutes({
        contextForToken: createContextCache(() => Promise.resolve(granted("acme"))),
        readRoute: () => Promise.resolve(registryItem("acme")),
        objects: bucket.asDocuments(),
        startIngestion: () => Promise.resolve({ id: "job-1", status: "STARTING" }),
        statesOf: () => Promise.resolve(new Map()),
      });
      const { status, json } = await send(routes, { path: "/v1/documents", body: bodyOf(each) });
      assert.equal(status, each.expect.status, JSON.stringify(json).slice(0, 300));
      const says = each.expect.behind ?? each.expect.says;
      if (says !== undefined) assert.match(json.detail ?? "", new RegExp(says, "s"));
      assert.deepEqual([...bucket.entries.keys()], ["acme/there.md"]);
    });

  it("a name in another normalisation is the same document's", async () => {
    const bucket = new MemoryBucket();
    const routes = documentRoutes({
      contextForToken: createContextCache(() => Promise.resolve(granted("acme"))),
      readRoute: () => Promise.resolve(registryItem("acme")),
      objects: bucket.asDocuments(),
      startIngestion: () => Promise.resolve({ id: "job-1", status: "STARTING" }),
      statesOf: () => Promise.resolve(new Map()),
    });
    for (const name of ["Café.md", "Cafe\u0301.md", "café.md"])
      assert.equal(
        (await send(routes, { path: "/v1/documents", body: { name, content: name } })).status,
        202,
      );
    // Letters' case tells two documents apart, as everywhere in S3.
    assert.deepEqual(
      [...bucket.entries.keys()].filter((key) => key.endsWith(".md")),
      ["acme/Café.md", "acme/café.md"],
    );
  });
});
