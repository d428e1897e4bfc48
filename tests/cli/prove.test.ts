import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";

const ROOT = dirname(dirname(import.meta.dirname));

describe("bulkhead prove", function () {
  this.timeout(300_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "bulkhead-prove-"));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const prove = (...args: readonly string[]) =>
    spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", "cli/index.ts", "prove", ...args], {
      cwd: ROOT,
      encoding: "utf8",
      env: { ...process.env, BULKHEAD_ACCOUNT: join(folder, "no-account") },
    });
  const file = (text: string): string => {
    const path = join(folder, "input.json");
    writeFileSync(path, text);
    return path;
  };

  for (const [what, text, says] of [
    ["what is no JSON", "nothing", /is no JSON/],
    ["what is neither a state nor a preview", "[]", /neither a state.*nor a preview/],
    ["a state without resources", '{"deployment":{"resources":[]}}', /no resources/],
    [
      "a state of another program",
      '{"deployment":{"resources":[{"urn":"urn:pulumi:dev::other::pulumi:pulumi:Stack::x","type":"pulumi:pulumi:Stack"}]}}',
      /belongs to an environment/,
    ],
  ] as const)
    it(`can't judge ${what}`, () => {
      const { status, stderr, stdout } = prove("--from", file(text));
      assert.deepEqual({ status, stdout }, { status: 2, stdout: "" });
      assert.match(stderr, says);
    });

  it("can't judge an account that is not there, and says how to make one", () => {
    const { status, stderr } = prove();
    assert.equal(status, 2);
    assert.match(stderr, /There is no account in/);
  });

  it("does not prove a stack of which a part is not understood", () => {
    const urn = "urn:pulumi:dev::bulkhead::";
    const state = {
      deployment: {
        resources: [
          {
            urn: `${urn}aws:dynamodb/table:Table::registry`,
            type: "aws:dynamodb/table:Table",
            inputs: {
              name: "bulkhead-dev-registry",
              arn: "arn:aws:dynamodb:us-east-1:111122223333:table/bulkhead-dev-registry",
            },
          },
          {
            urn: `${urn}aws:s3/accessPoint:AccessPoint::open`,
            type: "aws:s3/accessPoint:AccessPoint",
            inputs: {},
          },
        ],
      },
    };
    const { status, stdout } = prove("--json", "--from", file(JSON.stringify(state)));
    const verdict = JSON.parse(stdout) as { proven: boolean; gaps: { urn: string; what: string }[] };
    assert.deepEqual(
      { status, proven: verdict.proven, gaps: verdict.gaps },
      {
        status: 1,
        proven: false,
        gaps: [
          {
            urn: `${urn}aws:s3/accessPoint:AccessPoint::open`,
            what: "is of a type that the proof does not know: aws:s3/accessPoint:AccessPoint",
          },
        ],
      },
    );
  });
});
