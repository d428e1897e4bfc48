/** What stops a change before it is deployed: the proof and the rules of the pack. */
import type { PolicyResource } from "@pulumi/policy";
import { rules } from "../../../policies/catalogue.ts";
import { classesOf, reducedModels } from "../../../policies/isolation/classes/index.ts";
import type { AccountModel } from "../../../policies/isolation/model/account.ts";
import type { Gap } from "../../../policies/isolation/model/resource.ts";
import { ablation } from "../../../policies/isolation/prove/ablation.ts";
import { liveness } from "../../../policies/isolation/prove/liveness.ts";
import { separation } from "../../../policies/isolation/prove/separation.ts";
import { reachOf } from "../../../policies/isolation/prove/sessions.ts";
import { requestsOf } from "../../../policies/isolation/prove/space/index.ts";
import type { Question } from "../../../policies/isolation/report/verdict.ts";
import type { Rule } from "../../../policies/support/rule.ts";
import { violations } from "../support/stack.ts";
import type { Account, Edit } from "./account.ts";
import { interned, RememberingDecider } from "./memory.ts";

/** Who catches: a question of the proof, what the model can't interpret, or a rule. */
export interface Catch {
  readonly by: Question | "not proven" | "pack";
  readonly what: string;
}

/**
 * The proof's three questions of the accounts that it reduces an account to, with decisions that are remembered; the solver is asked
 * where nobody else says anything. A test compares it with `prove`.
 */
export function provenWrong(model: AccountModel): readonly Catch[] {
  const gap = ({ urn, what }: Gap): Catch => ({
    by: "not proven",
    what: `${urn.split("::").at(-1) ?? ""} ${what}`,
  });
  return [
    ...reducedModels(classesOf(model)).flatMap((reduced): Catch[] => {
      const some = interned(reduced.model);
      const decider = new RememberingDecider(some);
      const requests = requestsOf(some);
      const reach = reachOf(some, decider);
      const found = [
        ...separation(some, decider, reach, requests),
        ...liveness(some, decider, reach, requests),
        ...ablation(some, decider, reach, requests).counterexamples,
      ];
      return [
        ...found.map(({ question, summary }) => ({ by: question, what: summary })),
        ...[...decider.doubts].map((what) => gap({ urn: "", what })),
      ];
    }),
    ...model.gaps.map(gap),
  ];
}

const CONFIG: Readonly<Record<string, Record<string, unknown>>> = {
  "tenant-bucket-principal-tag": { deploymentRoles: ["arn:aws:iam::111122223333:role/bulkhead-deployer"] },
};
/** The rule that is the proof. */
const PROOF = "isolation-proof";

interface Asked {
  readonly rule: Rule;
  /** URNs of the resources that it looked into. */
  readonly reads: ReadonlySet<string>;
}

/** The pack's rules. One that read nothing of what has changed says what it has said. */
export class Pack {
  readonly #rules: readonly Asked[];

  private constructor(asked: readonly Asked[]) {
    this.#rules = asked;
  }

  /** @throws Error if the account breaks a rule as it is */
  static async on({ resources }: Account, which: readonly Rule[] = rules): Promise<Pack> {
    const asked: Asked[] = [];
    for (const rule of which) {
      if (rule.name === PROOF) continue;
      const reads = new Set<string>();
      const said = await violations(rule, watched(resources, reads), CONFIG[rule.name] ?? {});
      if (said.length > 0) throw new Error(`${rule.name} before anything is changed: ${said.join("; ")}`);
      asked.push({ rule, reads });
    }
    return new Pack(asked);
  }

  async violated({ resources }: Account, { set = [], drop = [], add = [] }: Edit): Promise<readonly Catch[]> {
    const found: Catch[] = [];
    for (const { rule, reads } of this.#rules) {
      if (
        drop.length + add.length === 0 &&
        !set.some(({ urn }) => reads.has(urn.replace(/^urn:pulumi:[^:]*/, "")))
      )
        continue;
      for (const said of await violations(rule, resources, CONFIG[rule.name] ?? {}))
        found.push({ by: "pack", what: `${rule.name}: ${said}` });
    }
    return found;
  }
}

/** The resources, with a note of each of which more is read than what it is. */
function watched(resources: readonly PolicyResource[], reads: Set<string>): readonly PolicyResource[] {
  const noted = ["props", "opts", "propertyDependencies", "dependencies"];
  return resources.map(
    (resource) =>
      new Proxy(resource, {
        get: (target, name, receiver) => {
          if (noted.includes(String(name))) reads.add(target.urn.replace(/^urn:pulumi:[^:]*/, ""));
          return Reflect.get(target, name, receiver) as unknown;
        },
      }),
  );
}
