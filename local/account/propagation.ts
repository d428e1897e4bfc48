/**
 * Access policies act some time after they were put, and go on acting for a time after they were deleted, as on AWS. The
 * account's records say what was deployed; this says which of them are in force. What was on its way when a process ended
 * has arrived when the next one starts.
 */
import type { ResourceRecord } from "./record.ts";

/** The reading side of an account. */
export interface Records {
  resource(type: string, id: string): ResourceRecord | undefined;
  resources(type: string): ResourceRecord[];
  find(type: string, property: string, value: unknown): ResourceRecord | undefined;
}

/**
 * What is eventually consistent, and how long it takes beside IAM. AWS names no times: IAM is a matter of seconds, data
 * access policies of collections one of tens of seconds to minutes. Not here, because AWS shows them at once: Lambda's
 * permissions, KMS key policies as keys are made, roles in OpenSearch.
 */
export const DELAYED: Readonly<Record<string, number>> = {
  "aws:iam/role:Role": 1,
  "aws:iam/rolePolicy:RolePolicy": 1,
  "aws:iam/policy:Policy": 1,
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": 1,
  "aws:s3/bucketPolicy:BucketPolicy": 1,
  "aws:dynamodb/resourcePolicy:ResourcePolicy": 1,
  "aws:sqs/queuePolicy:QueuePolicy": 1,
  "aws:bedrock/agentcoreResourcePolicy:AgentcoreResourcePolicy": 1,
  "aws:opensearch/domainPolicy:DomainPolicy": 1,
  "aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy": 3,
  "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy": 3,
};

interface Version {
  /** Undefined: there is none. */
  readonly record: ResourceRecord | undefined;
  /** Milliseconds of the clock from which on it acts. */
  readonly from: number;
}

export class Propagation implements Records {
  readonly #records: Records;
  readonly #milliseconds: number;
  readonly #now: () => number;
  /** By type and id, oldest first; only what has not arrived, and what acts until then. */
  readonly #underWay = new Map<string, Map<string, Version[]>>();

  constructor(records: Records, seconds: number, now: () => number = Date.now) {
    this.#records = records;
    this.#milliseconds = seconds * 1000;
    this.#now = now;
  }

  changed(
    type: string,
    id: string,
    before: ResourceRecord | undefined,
    after: ResourceRecord | undefined,
  ): void {
    const factor = DELAYED[type];
    if (factor === undefined || this.#milliseconds === 0 || JSON.stringify(before) === JSON.stringify(after))
      return;
    const ofType = this.#underWay.get(type) ?? new Map<string, Version[]>();
    this.#underWay.set(type, ofType);
    const versions = ofType.get(id) ?? [{ record: before, from: 0 }];
    ofType.set(id, [...versions, { record: after, from: this.#now() + factor * this.#milliseconds }]);
  }

  /** Milliseconds until everything has arrived; 0 if nothing is under way. */
  pending(): number {
    const now = this.#now();
    const due = [...this.#underWay.values()].flatMap((ofType) =>
      [...ofType.values()].map((versions) => versions.at(-1)?.from ?? 0),
    );
    return Math.max(0, ...due.map((from) => from - now));
  }

  resource(type: string, id: string): ResourceRecord | undefined {
    const versions = this.#arriving(type)?.get(id);
    return versions ? inForce(versions, this.#now()) : this.#records.resource(type, id);
  }

  resources(type: string): ResourceRecord[] {
    const arriving = this.#arriving(type);
    const records = this.#records.resources(type);
    if (!arriving || arriving.size === 0) return records;
    const settled = records.filter(({ id }) => !arriving.has(id));
    const others = [...arriving.values()].map((versions) => inForce(versions, this.#now()));
    return [...settled, ...others.filter((record) => record !== undefined)].sort((a, b) =>
      a.id < b.id ? -1 : 1,
    );
  }

  find(type: string, property: string, value: unknown): ResourceRecord | undefined {
    const arriving = this.#arriving(type);
    if (!arriving || arriving.size === 0) return this.#records.find(type, property, value);
    return this.resources(type).find(({ outputs }) => outputs[property] === value);
  }

  /** What is under way of a type; what has arrived is forgotten. */
  #arriving(type: string): Map<string, Version[]> | undefined {
    const ofType = this.#underWay.get(type);
    const now = this.#now();
    for (const [id, versions] of ofType ?? []) if ((versions.at(-1)?.from ?? 0) <= now) ofType?.delete(id);
    return ofType;
  }
}

const inForce = (versions: readonly Version[], now: number): ResourceRecord | undefined =>
  versions.findLast(({ from }) => from <= now)?.record;
