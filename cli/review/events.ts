/** What rules and the engine said of an update: from the engine's events. */
import { z } from "zod";
import { nameOf } from "./changes.ts";

export interface Violation {
  /** The rule's name, which is its file's in `policies/rules`. */
  readonly rule: string;
  readonly severity: string;
  /** Mandatory: nothing is deployed. */
  readonly mandatory: boolean;
  /** The resource's URN; undefined: of the stack as a whole. */
  readonly urn?: string;
  readonly name?: string;
  readonly message: string;
}

const Policy = z.object({
  policyEvent: z.object({
    resourceUrn: z.string().optional(),
    message: z.string(),
    policyName: z.string(),
    enforcementLevel: z.string(),
    severity: z.string().optional(),
  }),
});

const Diagnostic = z.object({
  diagnosticEvent: z.object({ message: z.string(), severity: z.string(), urn: z.string().optional() }),
});

const LEVELS = ["critical", "high", "medium", "low"];

/** Violations, the most severe first. */
export function violationsOf(events: readonly unknown[]): readonly Violation[] {
  const found = events.flatMap((event): Violation[] => {
    const parsed = Policy.safeParse(event);
    if (!parsed.success) return [];
    const {
      resourceUrn: urn,
      message,
      policyName,
      enforcementLevel,
      severity = "",
    } = parsed.data.policyEvent;
    return [
      {
        rule: policyName,
        severity,
        mandatory: enforcementLevel === "mandatory",
        // A rule that judges several resources reports for the stack.
        ...(urn === undefined || urn === "" || /::pulumi:pulumi:Stack::/.test(urn)
          ? {}
          : { urn, name: nameOf(urn) }),
        message: ofThis(message),
      },
    ];
  });
  const level = ({ severity }: Violation): number =>
    (LEVELS.indexOf(severity) + LEVELS.length + 1) % (LEVELS.length + 1);
  return found.sort((a, b) => Number(b.mandatory) - Number(a.mandatory) || level(a) - level(b));
}

/** The engine puts the rule's description before what the rule reports. */
function ofThis(message: string): string {
  const lines = message.trim().split("\n");
  return (lines.length > 1 ? lines.slice(1) : lines).join("\n").trim();
}

/** What the engine says itself: faults of the program and of the catalogue, refusals of the provider. */
export function faultsOf(events: readonly unknown[]): readonly string[] {
  return messages(events, "error").filter((message) => message !== "preview failed");
}

/** What it warns of. */
export function warningsOf(events: readonly unknown[]): readonly string[] {
  return messages(events, "warning");
}

function messages(events: readonly unknown[], wanted: string): string[] {
  const found = events.flatMap((event) => {
    const parsed = Diagnostic.safeParse(event);
    if (!parsed.success || parsed.data.diagnosticEvent.severity !== wanted) return [];
    return [firstLines(parsed.data.diagnosticEvent.message)];
  });
  return [...new Set(found.filter((message) => message !== ""))];
}

const MOST_LINES = 20;

/** Without a stack trace: it tells a reviewer nothing. */
function firstLines(message: string): string {
  const lines = message.trim().split("\n");
  const told = lines.filter((line) => !/^\s+at /.test(line));
  return told.slice(0, MOST_LINES).join("\n");
}
