/** The pack as the engine sees it: what its rules are, how they are configured, and what they say of a stack. */
import type { PolicyResource } from "@pulumi/policy";
import type {
  AnalyzeResponse,
  AnalyzerInfo,
  AnalyzeStackRequest,
  ConfigureAnalyzerRequest,
} from "@pulumi/pulumi/proto/analyzer_pb.js";
import { LEVELS_ARE_FIXED } from "../support/configuration.ts";
import type { Rule } from "../support/rule.ts";
import { resourcesOf } from "./resources.ts";
import { convertEnforcementLevel, type Diagnostic, makeAnalyzeResponse, makeAnalyzerInfo } from "./sdk.ts";

/**
 * Rules about a stack as a whole. The SDK's own server reads all resources anew for each rule, which takes longer than all rules
 * together; here they are read once.
 */
export class Pack {
  readonly #name: string;
  readonly #version: string;
  readonly #rules: readonly Rule[];
  #settings: ReadonlyMap<string, object> = new Map();
  #tags: ReadonlyMap<string, string> = new Map();

  constructor(name: string, version: string, rules: readonly Rule[]) {
    this.#name = name;
    this.#version = version;
    this.#rules = rules;
  }

  info(): AnalyzerInfo {
    return makeAnalyzerInfo(this.#name, this.#version, "mandatory", { policies: [...this.#rules] });
  }

  /**
   * @param request each rule's part of `--policy-pack-config`
   * @throws Error if it changes a level, or sets what a rule does not have: the engine stops at it
   */
  configure(request: ConfigureAnalyzerRequest): void {
    const faults: string[] = [];
    const all = new Map<string, object>();
    for (const [name, config] of request.getPolicyconfigMap().entries()) {
      const rule = this.#rules.find((each) => each.name === name);
      const settings = config.getProperties()?.toJavaScript() ?? {};
      if (rule === undefined) faults.push(`"${name}" is no rule`);
      else if (convertEnforcementLevel(config.getEnforcementlevel()) !== rule.enforcementLevel)
        faults.push(`${name}: ${LEVELS_ARE_FIXED}`);
      else
        for (const setting of Object.keys(settings))
          if (!Object.hasOwn(rule.configSchema.properties, setting))
            faults.push(`${name} has no setting "${setting}"`);
      all.set(name, settings);
    }
    if (faults.length > 0)
      throw new Error(`the policy pack's configuration is refused: ${faults.join("; ")}`);
    this.#settings = all;
  }

  tag(tags: Iterable<[string, string]>): void {
    this.#tags = new Map(tags);
  }

  async analyze(request: AnalyzeStackRequest): Promise<AnalyzeResponse> {
    const resources = resourcesOf(request);
    const diagnostics: Diagnostic[] = [];
    // One after the other: the last one lists what the others were not applied to.
    for (const rule of this.#rules) diagnostics.push(...(await this.#judge(rule, resources)));
    return makeAnalyzeResponse(diagnostics);
  }

  async #judge(rule: Rule, resources: PolicyResource[]): Promise<readonly Diagnostic[]> {
    const { name, description, severity, enforcementLevel } = rule;
    const settings = this.#settings.get(name) ?? {};
    const found: Diagnostic[] = [];
    await rule.validateStack(
      {
        resources,
        stackTags: this.#tags,
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the SDK's signature: the caller says what it expects
        getConfig: <T extends object>() => ({ ...settings }) as T,
        notApplicable: (reason = "no reason") => {
          throw new Error(`${name} says that it does not apply: ${reason}`);
        },
      },
      (message: string, urn?: string) => {
        found.push({
          policyName: name,
          policyPackName: this.#name,
          policyPackVersion: this.#version,
          description,
          message: message === "" ? description : `${description}\n${message}`,
          urn,
          enforcementLevel,
          severity,
        });
      },
    );
    return found;
  }
}
