/** The pack as the engine sees it: what its rules are, how they are configured, and what they say of a stack. */
import type { PolicyResource } from "@pulumi/policy";
import type {
  AnalyzeResponse,
  AnalyzerInfo,
  AnalyzeStackRequest,
  ConfigureAnalyzerRequest,
} from "@pulumi/pulumi/proto/analyzer_pb.js";
import type { Rule } from "../support/rule.ts";
import { resourcesOf } from "./resources.ts";
import {
  convertEnforcementLevel,
  type Diagnostic,
  type Level,
  makeAnalyzeResponse,
  makeAnalyzerInfo,
} from "./sdk.ts";

interface Configuration {
  readonly level: Level;
  readonly settings: object;
}

/**
 * Rules about a stack as a whole. The SDK's own server reads all resources anew for each rule, which takes longer than all rules
 * together; here they are read once.
 */
export class Pack {
  readonly #name: string;
  readonly #version: string;
  readonly #rules: readonly Rule[];
  #configured: ReadonlyMap<string, Configuration> = new Map();
  #tags: ReadonlyMap<string, string> = new Map();

  constructor(name: string, version: string, rules: readonly Rule[]) {
    this.#name = name;
    this.#version = version;
    this.#rules = rules;
  }

  info(): AnalyzerInfo {
    return makeAnalyzerInfo(this.#name, this.#version, "mandatory", { policies: [...this.#rules] });
  }

  /** @param request each rule's part of `--policy-pack-config` */
  configure(request: ConfigureAnalyzerRequest): void {
    this.#configured = new Map(
      [...request.getPolicyconfigMap().entries()].map(([rule, config]) => [
        rule,
        {
          level: convertEnforcementLevel(config.getEnforcementlevel()),
          settings: config.getProperties()?.toJavaScript() ?? {},
        },
      ]),
    );
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
    const { name, description, severity } = rule;
    const { level = rule.enforcementLevel, settings = {} } = this.#configured.get(name) ?? {};
    if (level === "disabled") return [];
    const found: Diagnostic[] = [];
    await rule.validateStack(
      {
        resources,
        stackTags: this.#tags,
        // The SDK's signature: the caller says what it expects.
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
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
          // A rule about a stack mends nothing.
          enforcementLevel: level === "remediate" ? "mandatory" : level,
          severity,
        });
      },
    );
    return found;
  }
}
