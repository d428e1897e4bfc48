/** Temporary credentials that the account has issued. They outlive the process: a restart signs nobody out. */
import { randomBytes } from "node:crypto";
import type { Account, Table } from "../account/account.ts";
import type { NamedPolicy } from "../../policies/isolation/types.ts";
import { AwsError, type Session } from "./contract.ts";
import type { Role, Roles } from "./roles.ts";

/** What is kept of a session. The role's own tags are not: they are read at use, so that a change takes effect. */
interface StoredSession {
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly roleArn: string;
  readonly roleId: string;
  readonly sessionName: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
  readonly sessionPolicies: readonly NamedPolicy[];
  readonly sourceIdentity?: string;
}

export interface NewSession {
  readonly sessionName: string;
  /** Session tags: those passed and those inherited. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly transitiveTagKeys?: readonly string[];
  readonly sessionPolicies?: readonly NamedPolicy[];
  readonly sourceIdentity?: string;
  readonly seconds: number;
}

/** An expired session is told so for this long; after that its key is unknown. */
const KEEP_EXPIRED_MS = 24 * 3600_000;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export class Sessions {
  readonly #table: Table<StoredSession>;
  readonly #roles: Roles;

  constructor(account: Account, roles: Roles, now = Date.now()) {
    this.#table = account.table<StoredSession>("sessions");
    this.#roles = roles;
    const old = [...this.#table.entries()].filter(([, each]) => each.expiresAt < now - KEEP_EXPIRED_MS);
    for (const [key] of old) this.#table.delete(key);
  }

  issue(role: Role, session: NewSession, now = Date.now()): Session {
    const accessKeyId = `ASIA${[...randomBytes(16)].map((byte) => BASE32[byte % 32]).join("")}`;
    const stored: StoredSession = {
      secretAccessKey: randomBytes(30).toString("base64"),
      sessionToken: randomBytes(120).toString("base64"),
      issuedAt: now,
      expiresAt: now + session.seconds * 1000,
      roleArn: role.arn,
      roleId: role.id,
      sessionName: session.sessionName,
      tags: session.tags ?? {},
      transitiveTagKeys: session.transitiveTagKeys ?? [],
      sessionPolicies: session.sessionPolicies ?? [],
      ...(session.sourceIdentity !== undefined && { sourceIdentity: session.sourceIdentity }),
    };
    this.#table.put(accessKeyId, stored);
    return toSession(accessKeyId, stored, role);
  }

  /** The session of a key, expired or not; undefined if there is none or its role is gone (or is another one of the same name). */
  find(accessKeyId: string): Session | undefined {
    const stored = this.#table.get(accessKeyId);
    const role = stored && this.#roles.find(stored.roleArn);
    return stored && role?.id === stored.roleId ? toSession(accessKeyId, stored, role) : undefined;
  }

  /** Keeps who already holds a session honest: still known, not expired, its role still there. @throws AwsError */
  check(session: Session, now = Date.now()): void {
    if (this.find(session.accessKeyId) === undefined) {
      throw new AwsError(
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
        403,
      );
    }
    if (session.expiresAt <= now) {
      throw new AwsError("ExpiredToken", "The security token included in the request is expired.", 403);
    }
  }

  /** Milliseconds since the epoch. */
  issuedAt(session: Session): number | undefined {
    return this.#table.get(session.accessKeyId)?.issuedAt;
  }

  /** Session tags alone, without the role's. */
  tags(session: Session): Readonly<Record<string, string>> {
    return this.#table.get(session.accessKeyId)?.tags ?? {};
  }
}

function toSession(accessKeyId: string, stored: StoredSession, role: Role): Session {
  const [, partition = "", , , account = ""] = role.arn.split(":");
  return {
    accessKeyId,
    secretAccessKey: stored.secretAccessKey,
    sessionToken: stored.sessionToken,
    expiresAt: stored.expiresAt,
    principal: {
      kind: "role-session",
      account,
      roleArn: role.arn,
      sessionArn: `arn:${partition}:sts::${account}:assumed-role/${role.name}/${stored.sessionName}`,
      tags: overrideTags(role.tags, stored.tags),
    },
    sessionPolicies: stored.sessionPolicies,
    transitiveTagKeys: stored.transitiveTagKeys,
    ...(stored.sourceIdentity !== undefined && { sourceIdentity: stored.sourceIdentity }),
  };
}

/** Tags with others over them. A tag's key is the same in any case: `Tenant_ID` replaces `tenant_id`. */
export function overrideTags(
  under: Readonly<Record<string, string>>,
  over: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const replaced = new Set(Object.keys(over).map((key) => key.toLowerCase()));
  const kept = Object.entries(under).filter(([key]) => !replaced.has(key.toLowerCase()));
  return Object.fromEntries([...kept, ...Object.entries(over)]);
}
