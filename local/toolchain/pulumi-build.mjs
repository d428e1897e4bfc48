/** The same CLI built from its published Go modules, for machines that can't reach Pulumi's downloads. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runQuietly } from "./processes.mjs";
import { findOnPath } from "./programs.mjs";
import { PULUMI_VERSION, projectRoot } from "./versions.mjs";

const BUILD_MS = 30 * 60_000;
const STAMP = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

/** Each has a go.mod and a go.sum of its own beside this file: their versions of the SDK differ. */
const PROGRAMS = [
  { name: "pulumi", module: "pulumi-cli", source: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
  {
    name: "pulumi-language-nodejs",
    module: "pulumi-language-nodejs",
    source: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
  },
];

/** Starts a policy pack with the project's own SDK. The release has a script for it, which is no Go module. */
const ANALYZER = `#!/bin/sh
entry=$(node -p "require.resolve('@pulumi/pulumi/cmd/run-policy-pack')") || exit 1
exec node "$entry" "$@"
`;

/** @type {import("./pulumi.mjs").Source} */
export const goBuild = {
  what: "a build from its Go modules",
  async fill(bin, { env, logs, step }) {
    if (findOnPath("go", env).length === 0) return "go is not on PATH";
    mkdirSync(bin, { recursive: true });
    step.note(`building ${PULUMI_VERSION} with Go, once; this takes some minutes`);
    // Neither C compiler nor workspace nor the project's own Git state may matter to what comes out.
    const built = { ...env, CGO_ENABLED: "0", GOWORK: "off" };
    const outcomes = await Promise.all(
      PROGRAMS.map(async ({ name, module, source }) => {
        const log = join(logs, `build-${name}.log`);
        const args = ["build", "-mod=readonly", "-trimpath", "-buildvcs=false"];
        const flags = ["-ldflags", `-s -w -X ${STAMP}=v${PULUMI_VERSION}`, "-o", join(bin, name), source];
        const cwd = join(projectRoot, "local", "toolchain", module);
        const options = { env: built, cwd, timeoutMs: BUILD_MS, log };
        const outcome = await runQuietly("go", [...args, ...flags], options);
        return outcome.ok ? "" : `${name}: ${outcome.reason} (log: ${log})`;
      }),
    );
    const analyzer = join(bin, "pulumi-analyzer-policy");
    writeFileSync(analyzer, ANALYZER);
    chmodSync(analyzer, 0o755);
    return outcomes.filter((why) => why !== "").join("; ");
  },
};
