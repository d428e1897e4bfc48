import type { Attempted, Layer } from "../attacks/attack.ts";
import type { Asked } from "./questions.ts";
import type { Report } from "./report.ts";
import type { Screen } from "./screen.ts";

/** What the demo says to the person who watches it. */

export function opening(screen: Screen): void {
  screen.line(screen.style("bold", "Bulkhead: tenants kept apart by three layers, on this machine"));
  screen.line(
    screen.style(
      "dim",
      "The real engine, program, functions and policies; only the cloud under them is local.",
    ),
  );
}

export function questionLines(screen: Screen, asked: Asked): void {
  const mark = asked.faults.length === 0 ? screen.style("green", "✔") : screen.style("red", "✘");
  screen.line(`  ${mark} ${screen.style("cyan", asked.user)}  ${asked.question}`);
  screen.line(`      ${oneLine(asked.answer)}`);
  if (asked.citations.length > 0) {
    screen.line(`      ${screen.style("dim", asked.citations.map(source).join(", "))}`);
  }
  for (const fault of asked.faults) screen.line(`      ${screen.style("red", fault)}`);
}

export function attackLine(screen: Screen, { name, by, faults }: Attempted): void {
  if (faults.length === 0) screen.done(`refused: ${name}\n      ${screen.style("dim", by)}`);
  else screen.failed(`${name}: ${faults.join("; ")}`);
}

/** The closing picture. @returns whether every expectation held */
export function summary(
  screen: Screen,
  {
    report,
    asked,
    attacks,
    folder,
  }: {
    readonly report: Report;
    readonly asked: readonly Asked[];
    readonly attacks: readonly Attempted[];
    readonly folder: string;
  },
): boolean {
  const right = asked.filter(({ faults }) => faults.length === 0).length;
  const refused = attacks.filter(({ faults }) => faults.length === 0).length;
  const shared = asked.filter(({ citations }) => citations.some(({ corpus }) => corpus === "shared")).length;
  const declined = asked.filter(({ answered }) => !answered).length;
  screen.heading("Summary");
  const row = (name: string, text: string): void => {
    screen.line(`  ${name.padEnd(10)}${text}`);
  };
  row(
    "deployed",
    `${report.pulumi.resources} resources for ${report.tenants.length} tenants (${report.tenants.map(({ id, tier }) => `${id}: ${tier}`).join(", ")}), ${report.seconds.deploy.toFixed(1)} s`,
  );
  row(
    "answered",
    `${right} of ${asked.length} as expected: ${shared} cite the shared corpus, ${declined} rightly say that no document answers`,
  );
  for (const layer of LAYERS) {
    const of = attacks.filter((attack) => attack.layer === layer);
    const held = of.filter(({ faults }) => faults.length === 0).length;
    row(
      layer === LAYERS[0] ? "refused" : "",
      `${held} of ${of.length} attacks at layer ${LAYERS.indexOf(layer) + 1}, ${layer}`,
    );
  }
  row("took", `${report.seconds.total.toFixed(1)} s`);
  row("look", `every decision with its statement: ${folder}/decisions.log`);
  const held = right === asked.length && refused === attacks.length;
  screen.line();
  screen.line(
    held
      ? screen.style(["bold", "green"], "Every expectation held.")
      : screen.style(
          ["bold", "red"],
          `${asked.length - right + attacks.length - refused} expectations did not hold: see the lines marked ✘ above.`,
        ),
  );
  return held;
}

const LAYERS: readonly Layer[] = ["identity and routing", "credentials", "resources"];

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

function source({ corpus, uri }: Asked["citations"][number]): string {
  return `${corpus}: ${uri.slice(uri.lastIndexOf("/") + 1)}`;
}
