import { randomBytes } from "node:crypto";
import { exportJWK, generateKeyPair, importJWK, type CryptoKey, type JSONWebKeySet, type JWK } from "jose";
import type { Account, Table } from "../../account/account.ts";

interface StoredKey {
  readonly kid: string;
  readonly jwk: JWK;
}

/** A signing key per user pool (RS256, 2048 bits), made at first use and kept in the account. */
export class SigningKeys {
  readonly #table: Table<StoredKey>;
  /** One generation per pool: two at once would leave tokens that no key set verifies. */
  readonly #pending = new Map<string, Promise<StoredKey>>();

  constructor(account: Account) {
    this.#table = account.table<StoredKey>("cognito-keys");
  }

  async signing(poolId: string): Promise<{ kid: string; key: CryptoKey | Uint8Array }> {
    const { kid, jwk } = await this.#key(poolId);
    return { kid, key: await importJWK(jwk, "RS256") };
  }

  /** The public half, as served at `/<pool>/.well-known/jwks.json`. */
  async keySet(poolId: string): Promise<JSONWebKeySet> {
    const { kid, jwk } = await this.#key(poolId);
    return { keys: [{ kid, alg: "RS256", use: "sig", kty: "RSA", n: jwk.n ?? "", e: jwk.e ?? "" }] };
  }

  #key(poolId: string): Promise<StoredKey> {
    const stored = this.#table.get(poolId);
    if (stored) return Promise.resolve(stored);
    let pending = this.#pending.get(poolId);
    if (!pending) {
      pending = this.#generate(poolId).finally(() => this.#pending.delete(poolId));
      this.#pending.set(poolId, pending);
    }
    return pending;
  }

  async #generate(poolId: string): Promise<StoredKey> {
    const { privateKey } = await generateKeyPair("RS256", { modulusLength: 2048, extractable: true });
    const stored = { kid: randomBytes(32).toString("base64"), jwk: await exportJWK(privateKey) };
    this.#table.put(poolId, stored);
    return stored;
  }
}
