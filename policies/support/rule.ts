import { Config } from "@pulumi/pulumi";
import type {
  PolicyConfigSchema,
  PolicyResource,
  ReportViolation,
  StackValidationPolicy,
} from "@pulumi/policy";
import { EXCEPTIONS_SCHEMA, isFor, note, readExceptions } from "./exceptions.ts";
import { Stack } from "./stack.ts";

/** What a rule sees. */
export interface RuleInput {
  readonly resources: readonly PolicyResource[];
  /** The same, by what rules ask for. */
  readonly stack: Stack;
  /** The rule's own configuration, from `--policy-pack-config`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** A structured setting of the stack that is being deployed, from `Pulumi.<stack>.yaml`. */
  readonly stackSetting: (name: string) => unknown;
}

export interface RuleSpec {
  /** The file's name without its ending. */
  readonly name: string;
  /** One sentence: what must hold. */
  readonly description: string;
  readonly severity: "low" | "medium" | "high" | "critical";
  /** What to do about a violation. */
  readonly remediation: string;
  /** Controls of AWS Foundational Security Best Practices that it is, by their ids: `S3.8`. */
  readonly controls?: readonly string[];
  readonly configSchema?: PolicyConfigSchema;
  /** False for a rule that is about no resource alone: what it says of one is said of others too. @default true */
  readonly takesExceptions?: boolean;
  readonly validate: (input: RuleInput, report: ReportViolation) => void | Promise<void>;
}

export type Rule = StackValidationPolicy &
  Required<
    Pick<
      StackValidationPolicy,
      "severity" | "enforcementLevel" | "remediationSteps" | "configSchema" | "tags"
    >
  >;

/**
 * Makes a mandatory stack rule that fails closed. The engine turns a mandatory rule that throws into a warning when
 * the cause is a value that is unknown at preview, and deployment goes on: so nothing may escape. Rules read
 * properties by `read`, which tells known from unknown; whatever is thrown all the same is a violation.
 *
 * Rules take exceptions, per resource, with a reason and a last day.
 */
export function rule(spec: RuleSpec): Rule {
  const { name, description, severity, remediation, controls = [], configSchema, validate } = spec;
  const { takesExceptions = true } = spec;
  return {
    name,
    description,
    enforcementLevel: "mandatory",
    severity,
    remediationSteps: remediation,
    tags: [...controls],
    configSchema: {
      ...configSchema,
      properties: {
        ...configSchema?.properties,
        ...(takesExceptions ? { exceptions: EXCEPTIONS_SCHEMA } : {}),
      },
    },
    validateStack: async (args, report) => {
      const { resources } = args;
      try {
        const { exceptions, ...config } = args.getConfig<Record<string, unknown>>();
        const stackSetting = (setting: string): unknown => new Config().getObject(setting);
        if (exceptions !== undefined && !takesExceptions) report("exceptions: this rule takes none");
        const { inForce, faults } = readExceptions(
          takesExceptions ? exceptions : undefined,
          resources.map(({ urn }) => urn),
          new Date().toISOString().slice(0, 10),
        );
        for (const fault of faults) report(fault);
        const kept = inForce.map(() => 0);
        try {
          await validate({ resources, stack: Stack.of(resources), config, stackSetting }, (message, urn) => {
            const index = urn === undefined ? -1 : inForce.findIndex((exception) => isFor(exception, urn));
            if (index < 0) report(message, urn);
            else kept[index] = (kept[index] ?? 0) + 1;
          });
        } finally {
          inForce.forEach((exception, index) => {
            note({ ...exception, rule: name, kept: kept[index] ?? 0 });
          });
        }
      } catch (error) {
        report(`not proven: the rule stopped (${error instanceof Error ? error.message : String(error)})`);
      }
    },
  };
}
