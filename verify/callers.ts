/** Who attacks: the credentials of each caller of the grammar, made once. */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { BrokerResponse } from "../runtime/contract/api.ts";
import { platformNames } from "../runtime/contract/names.ts";
import type { Caller } from "./grammar.ts";
import type { Credentials } from "./request.ts";
import type { Party } from "./stage.ts";
import type { Target } from "./target.ts";
import { fill, type Values } from "./template.ts";

/** What a caller sends requests with; `missing` tells why there is none. */
export type Identity =
  | { readonly kind: "credentials"; readonly credentials: Credentials }
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "nobody" }
  | { readonly kind: "missing"; readonly because: string };

/** Identities by caller and tenant; each is asked for once. */
export class Identities {
  readonly #target: Target;
  readonly #made = new Map<string, Promise<Identity>>();

  constructor(target: Target) {
    this.#target = target;
  }

  /** @param values of the request: a caller's role and tags are filled with them */
  of(caller: Caller, party: Party, values: Values): Promise<Identity> {
    const role = fill(caller.role ?? "", values);
    const tags = fill(caller.tags ?? {}, values);
    const key = JSON.stringify([
      caller.is,
      role,
      tags,
      ["user", "broker"].includes(caller.is) ? party.id : "",
    ]);
    let made = this.#made.get(key);
    if (!made) this.#made.set(key, (made = this.#make(caller, party, role, tags)));
    return made;
  }

  async #make(caller: Caller, party: Party, role: string, tags: Values): Promise<Identity> {
    const target = this.#target;
    switch (caller.is) {
      case "nobody":
        return { kind: "nobody" };
      case "user":
        return party.token === undefined
          ? { kind: "missing", because: `${party.id} has no member who can sign in` }
          : { kind: "token", token: party.token };
      case "broker": {
        if (party.token === undefined) return { kind: "missing", because: `${party.id} has no member` };
        const response = await askBroker(target, { token: party.token });
        if (!response.granted) throw new Error(`the broker refused ${party.id}: ${response.code}`);
        return { kind: "credentials", credentials: response.grant.credentials };
      }
      case "insider": {
        const credentials = await target.insider(role, tags);
        return credentials
          ? { kind: "credentials", credentials }
          : { kind: "missing", because: "nobody but its function or service gets a session of that role" };
      }
      case "outsider": {
        const credentials = await target.outsider();
        return credentials
          ? { kind: "credentials", credentials }
          : { kind: "missing", because: "no role to attack as was given (--attacker-role)" };
      }
    }
  }
}

/** Invokes the broker as the operator, with any payload. */
export async function askBroker(target: Target, payload: unknown): Promise<BrokerResponse> {
  const lambda = new LambdaClient(target.operator);
  const { Payload, FunctionError } = await lambda.send(
    new InvokeCommand({
      FunctionName: platformNames(target.place).functionName("broker"),
      Payload: Buffer.from(JSON.stringify(payload)),
    }),
  );
  const text = Buffer.from(Payload ?? []).toString("utf8");
  if (FunctionError) throw new Error(`the broker failed: ${text.slice(0, 200)}`);
  return JSON.parse(text) as BrokerResponse;
}
