import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CRUISER = join(ROOT, "node_modules/dependency-cruiser/bin/dependency-cruiser.mjs");
const FOLDERS = [
  "infra",
  "tenants",
  "runtime",
  "policies",
  "verify",
  "bootstrap",
  "local",
  "cli",
  "tests",
  "bench",
];
const SIMULATOR = "@cloud-copilot/iam-simulate";

/** What the fixture's files may import, there for every case. */
const TARGETS = [
  "infra/a",
  "tenants/a",
  "runtime/chat/a",
  "runtime/contract/a",
  "policies/a",
  "policies/isolation/a",
  "verify/a",
  "bootstrap/a",
  "local/a",
  "cli/a",
  "bench/a",
];
const PACKAGES = ["@pulumi/pulumi", "zod", SIMULATOR];

/** Forbidden imports: rule, the file that imports, what it names. `node:` and packages by their names, else from the root. */
const FORBIDDEN: readonly (readonly [rule: string, from: string, to: string])[] = [
  ["resolvable", "runtime/x", "no-such-package"],
  ["resolvable", "infra/x", "runtime/no-such-file"],
  ...["runtime/chat/a", "policies/a", "policies/isolation/a", "local/a", "cli/a"].map(
    (to) => ["infra-only-tenants-and-contract", "infra/x", to] as const,
  ),
  ...["infra/a", "runtime/chat/a", "policies/a", "local/a", "cli/a"].map(
    (to) => ["tenants-only-contract", "tenants/x", to] as const,
  ),
  ...["infra/a", "tenants/a", "policies/a", "local/a", "cli/a", "@pulumi/pulumi"].map(
    (to) => ["runtime-stands-alone", "runtime/x", to] as const,
  ),
  ...["runtime/chat/a", "node:fs", "@pulumi/pulumi"].map(
    (to) => ["contract-is-pure", "runtime/contract/x", to] as const,
  ),
  ...["infra/a", "tenants/a", "runtime/contract/a", "local/a", "cli/a", "policies/a", "@pulumi/pulumi"].map(
    (to) => ["isolation-is-an-independent-judge", "policies/isolation/x", to] as const,
  ),
  ...["infra/a", "tenants/a", "runtime/contract/a", "local/a", "cli/a"].map(
    (to) => ["policies-judge-alone", "policies/x", to] as const,
  ),
  ...["infra/a", "runtime/chat/a", "policies/a", "local/a", "cli/a"].map(
    (to) => ["bootstrap-only-building-blocks", "bootstrap/x", to] as const,
  ),
  ...["infra/x", "tenants/x", "runtime/x", "policies/x", "verify/x"].map(
    (from) => ["nothing-needs-bootstrap", from, "bootstrap/a"] as const,
  ),
  ...["infra/a", "tenants/a", "policies/a", "local/a", "cli/a", "runtime/chat/a"].map(
    (to) => ["attacks-need-no-embedded-account", "verify/x", to] as const,
  ),
  ...["infra/x", "policies/isolation/x", "local/x"].map(
    (from) => ["agpl-only-in-tests", from, SIMULATOR] as const,
  ),
  ...["infra/x", "tenants/x", "runtime/x", "policies/x", "local/x", "cli/x", "tests/x"].map(
    (from) => ["nothing-needs-benchmarks", from, "bench/a"] as const,
  ),
];

/** Imports that must stay possible: a rule that forbids everything would bite as well. */
const ALLOWED: readonly (readonly [from: string, to: string])[] = [
  ["infra/x", "tenants/a"],
  ["infra/x", "runtime/contract/a"],
  ["infra/x", "@pulumi/pulumi"],
  ["tenants/x", "runtime/contract/a"],
  ["tenants/x", "@pulumi/pulumi"],
  ["runtime/x", "runtime/contract/a"],
  ["runtime/x", "node:fs"],
  ["runtime/contract/x", "zod"],
  ["policies/x", "policies/isolation/a"],
  ["policies/x", "@pulumi/pulumi"],
  ["local/x", "policies/isolation/a"],
  ["cli/x", "policies/isolation/a"],
  ["verify/x", "runtime/contract/a"],
  ["local/x", "verify/a"],
  ["cli/x", "verify/a"],
  ["tests/x", SIMULATOR],
  ["bench/x", SIMULATOR],
  ["bench/x", "infra/a"],
  ["bench/x", "runtime/chat/a"],
  ["tests/bench/x", "bench/a"],
];

interface Violation {
  readonly rule: { readonly name: string };
  readonly from: string;
  readonly to: string;
}

describe("import directions", function () {
  this.timeout(240_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "bulkhead-imports-"));
    for (const name of [".dependency-cruiser.mjs", "tsconfig.json"])
      cpSync(join(ROOT, name), join(folder, name));
    for (const target of TARGETS) write(`${target}.ts`, "export const a = 1;\n");
    for (const name of PACKAGES) {
      write(
        `node_modules/${name}/package.json`,
        JSON.stringify({ name, version: "1.0.0", main: "index.js" }),
      );
      write(`node_modules/${name}/index.js`, "exports.a = 1;\n");
    }
    write(
      "package.json",
      JSON.stringify({ dependencies: Object.fromEntries(PACKAGES.map((name) => [name, "1"])) }),
    );
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };

  it("has a forbidden example for every rule", async () => {
    const config = (await import("../../.dependency-cruiser.mjs")) as {
      default: { forbidden: { name: string }[] };
    };
    const exercised = new Set(["no-circular", ...FORBIDDEN.map(([rule]) => rule)]);
    assert.deepEqual(config.default.forbidden.map(({ name }) => name).sort(), [...exercised].sort());
  });

  it("reports each forbidden import by its rule, in every form of import, and no allowed one", () => {
    const forms = ["import", "type", "dynamic", "re-export"] as const;
    const pairs = [...FORBIDDEN.map(([, from, to]) => [from, to] as const), ...ALLOWED];
    const importing = new Map<string, string>();
    pairs.forEach(([from, to], index) => {
      const file = `${from}${index}.ts`;
      importing.set(file, to);
      write(file, importIn(forms[index % forms.length]!, file, to));
    });
    write("runtime/y.ts", `import "./z.ts";\n`);
    write("runtime/z.ts", `import type { Y } from "./y.ts";\nexport type Z = Y;\n`);

    const found = cruise(folder).map(
      ({ rule, from }) => `${rule.name}: ${from} imports ${importing.get(from) ?? "…"}`,
    );
    const expected = FORBIDDEN.map(([rule, from, to], index) => `${rule}: ${from}${index}.ts imports ${to}`);
    expected.push("no-circular: runtime/y.ts imports …");
    const missing = expected.filter((line) => !found.includes(line));
    assert.deepEqual(missing, [], "forbidden imports that no rule reports");
    const clean = ALLOWED.map((_pair, index) => `${ALLOWED[index]![0]}${FORBIDDEN.length + index}.ts`);
    assert.deepEqual(
      found.filter((line) => clean.some((file) => line.includes(` ${file} `))),
      [],
      "allowed imports that a rule reports",
    );
  });

  it("hold in the project", () => {
    assert.deepEqual(
      cruise(ROOT).map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`),
      [],
    );
  });
});

function cruise(cwd: string): Violation[] {
  const folders = FOLDERS.filter((name) => existsSync(join(cwd, name)));
  const report = join(mkdtempSync(join(tmpdir(), "bulkhead-cruise-")), "report.json");
  const run = spawnSync(process.execPath, [CRUISER, "-T", "json", "-f", report, ...folders], {
    cwd,
    encoding: "utf8",
  });
  assert.ok(existsSync(report), run.stderr);
  const { summary } = JSON.parse(readFileSync(report, "utf8")) as {
    summary: { violations: Violation[]; totalCruised: number };
  };
  rmSync(dirname(report), { recursive: true });
  assert.ok(summary.totalCruised > 0, "nothing was looked at");
  return summary.violations;
}

function importIn(form: "import" | "type" | "dynamic" | "re-export", file: string, to: string): string {
  const isFile = /^(infra|tenants|runtime|policies|local|cli|bench)\//.test(to);
  const specifier = isFile ? `${"../".repeat(file.split("/").length - 1)}${to}.ts` : to;
  switch (form) {
    case "import":
      return `import { a } from "${specifier}";\nexport const b = a;\n`;
    case "type":
      return `import type { a } from "${specifier}";\nexport type B = typeof a;\n`;
    case "dynamic":
      return `export const b = await import("${specifier}");\n`;
    case "re-export":
      return `export * from "${specifier}";\n`;
  }
}
