import type { Screen } from "../demo/screen.ts";
import type { LoadReport } from "./run.ts";

const MiB = 2 ** 20;

/** Prints the figures. */
export function tell(report: LoadReport, screen: Screen): void {
  const { options, faults, latency, memory } = report;
  screen.heading("Load");
  screen.line(`  ${options.clients} clients of ${options.tenants} tenants for ${options.seconds} s`);
  screen.line(`  deployed  ${report.resources} resources in ${report.deploySeconds.toFixed(1)} s`);
  screen.line(`  requests  ${report.requests}, ${report.perSecond.toFixed(1)} a second`);
  for (const [kind, { count, p50, p95, p99, max }] of Object.entries(latency))
    screen.line(
      `  ${kind.padEnd(9)} ${String(count).padStart(6)}  p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms, most ${max} ms`,
    );
  const every = Math.max(1, Math.floor(memory.samples.length / 12));
  const series = memory.samples.filter((_, index) => index % every === 0);
  screen.line(`  memory    ${series.map((bytes) => Math.round(bytes / MiB)).join(" ")} MiB`);
  const growth = `${(memory.growth * 100).toFixed(1)} %`;
  screen.line(
    `            last quarter against the one before: ${Math.round(memory.before / MiB)} to ${Math.round(memory.after / MiB)} MiB, ${growth}`,
  );
  const failed = Object.values(faults).reduce((sum, count) => sum + count, 0);
  screen.line(`  faults    ${failed}; another tenant's canary in ${report.leaks} answers`);
  for (const [fault, count] of Object.entries(faults).slice(0, 10))
    screen.line(`            ${count} x ${fault}`);
}
