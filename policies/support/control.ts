import type { PolicyResource } from "@pulumi/policy";
import { isEmbedded } from "./place.ts";
import { read, readKeys, type Reading } from "./read.ts";
import { rule, type Rule, type RuleInput, type RuleSpec } from "./rule.ts";

/** One resource under judgement: asks of its properties, and reports by itself. */
export class Subject {
  readonly resource: PolicyResource;
  readonly #report: (message: string, urn: string) => void;

  constructor(resource: PolicyResource, report: (message: string, urn: string) => void) {
    this.resource = resource;
    this.#report = report;
  }

  fault(message: string): void {
    this.#report(message, this.resource.urn);
  }

  /** @param path of names, separated by dots; `0` is the first of a list */
  get(path: string): Reading {
    return read(this.resource, ...path.split("."));
  }

  keys(path: string): Reading<readonly string[]> {
    return readKeys(this.resource, ...path.split("."));
  }

  /** Reports `fault` if a property does not hold, and that it is not proven if it is not known. @returns whether it holds */
  must(path: string, holds: (value: unknown) => boolean, fault: string): boolean {
    const value = this.known(path);
    if (!value) return false;
    if (holds(value.value)) return true;
    this.fault(fault);
    return false;
  }

  /** A property if it is known; else that is reported. */
  known(path: string): { readonly value: unknown } | undefined {
    const reading = this.get(path);
    if (reading.known) return { value: reading.value };
    this.fault(`not proven: ${path} is not known before deployment`);
    return undefined;
  }

  /**
   * The one resource of a kind that completes this one; none or several are reported.
   * @param property of the other, which names this
   * @param values what it may name this by
   */
  only(
    { stack }: RuleInput,
    {
      types,
      property,
      what,
    }: { readonly types: readonly string[]; readonly property: string; readonly what: string },
    values: readonly unknown[],
  ): Subject | undefined {
    const { own, unsure } = stack.satellites(this.resource, types, property, values);
    const [found] = own;
    if (found === undefined) {
      this.fault(
        unsure
          ? `not proven: it has no ${what}, unless one that names nothing known before deployment`
          : `has no ${what}`,
      );
      return undefined;
    }
    if (own.length > 1) {
      this.fault(`has ${own.length} of ${what}, of which one wins`);
      return undefined;
    }
    return new Subject(found, (message) => {
      this.fault(message);
    });
  }

  /**
   * Whether a property is set, be it to what another resource is only known by after deployment (the ARN of a new key): then it
   * has to come from a resource.
   */
  refers(path: string, fault: string): boolean {
    const reading = this.get(path);
    const set = reading.known && !isEmpty(reading.value);
    const comes =
      !reading.known && (this.resource.propertyDependencies[path.split(".")[0] ?? ""] ?? []).length > 0;
    if (set || comes) return true;
    this.fault(reading.known ? fault : `not proven: ${path} is not known before deployment`);
    return false;
  }

  /** Paths of a list's items; that it is not known is reported. */
  items(path: string): readonly string[] {
    const keys = this.keys(path);
    if (keys.known) return keys.value.map((key) => `${path}.${key}`);
    this.fault(`not proven: ${path} is not known before deployment`);
    return [];
  }

  /** What the provider calls it by, as far as known. */
  names(...properties: readonly string[]): readonly unknown[] {
    return properties.flatMap((property) => {
      const reading = this.get(property);
      return reading.known && reading.value !== undefined ? [reading.value] : [];
    });
  }
}

export interface ControlSpec extends Omit<RuleSpec, "validate"> {
  /** Types of resources that are judged, one by one. */
  readonly of: readonly string[];
  /** Not asked of the embedded account. @default asked of every stack */
  readonly notLocal?: boolean;
  readonly judge: (subject: Subject, input: RuleInput) => void;
}

/** A rule about each resource of some types by itself. */
export function control({ of, judge, notLocal = false, ...spec }: ControlSpec): Rule {
  return rule({
    ...spec,
    validate: (input, report) => {
      if (notLocal && isEmbedded(input.stack)) return;
      for (const resource of input.stack.of(of)) judge(new Subject(resource, report), input);
    },
  });
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);

export const isTrue = (value: unknown): boolean => value === true || value === "true";
export const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
export const oneOf =
  (...values: readonly unknown[]) =>
  (value: unknown): boolean =>
    values.includes(value);
export const atLeast =
  (least: number) =>
  (value: unknown): boolean =>
    typeof value === "number" && value >= least;
