import { Config } from "@pulumi/pulumi";
import type {
  PolicyConfigSchema,
  PolicyResource,
  ReportViolation,
  StackValidationPolicy,
} from "@pulumi/policy";

/** What a rule sees. */
export interface RuleInput {
  readonly resources: readonly PolicyResource[];
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
  readonly configSchema?: PolicyConfigSchema;
  readonly validate: (input: RuleInput, report: ReportViolation) => void;
}

export type Rule = StackValidationPolicy &
  Required<Pick<StackValidationPolicy, "severity" | "enforcementLevel" | "remediationSteps">>;

/**
 * Makes a mandatory stack rule that fails closed. The engine turns a mandatory rule that throws into a warning when
 * the cause is a value that is unknown at preview, and deployment goes on: so nothing may escape. Rules read
 * properties by `read`, which tells known from unknown; whatever is thrown all the same is a violation.
 */
export function rule({ name, description, severity, remediation, configSchema, validate }: RuleSpec): Rule {
  return {
    name,
    description,
    enforcementLevel: "mandatory",
    severity,
    remediationSteps: remediation,
    ...(configSchema === undefined ? {} : { configSchema }),
    validateStack: (args, report) => {
      try {
        const stackSetting = (setting: string): unknown => new Config().getObject(setting);
        validate({ resources: args.resources, config: args.getConfig(), stackSetting }, report);
      } catch (error) {
        report(`not proven: the rule stopped (${error instanceof Error ? error.message : String(error)})`);
      }
    },
  };
}
