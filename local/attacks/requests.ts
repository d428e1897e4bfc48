import type { ChatResponse, MeResponse } from "../../runtime/contract/api.ts";
import type { RequestParts } from "../demo/api-client.ts";
import type { Attack, Outcome } from "./attack.ts";
import type { Party, Stage } from "./stage.ts";

/** Requests that name another tenant, in every place a request can name something. */
export const REQUEST_ATTACKS: readonly Attack<Stage>[] = [
  routing("another tenant named in the body", "/v1/chat", (id, question) => ({
    method: "POST",
    body: { question, tenant_id: id, tenant: id },
  })),
  routing("another tenant named in the query", "/v1/chat?tenant_id={id}&tenant={id}", (_id, question) => ({
    method: "POST",
    body: { question },
  })),
  routing("another tenant named in headers", "/v1/chat", (id, question) => ({
    method: "POST",
    headers: { "x-tenant-id": id, "x-amz-tenant-id": id, "x-bulkhead-tenant": id, tenant_id: id },
    body: { question },
  })),
  {
    name: "a handler that asks the broker for another tenant",
    layer: "identity and routing",
    attempt: async (stage) => {
      const response = await stage.askBroker({ token: stage.attacker.token, tenant_id: stage.victim.id });
      if (!response.granted) return { outcome: "refused", by: `the broker: ${response.code}` };
      return response.grant.tenant.id === stage.victim.id
        ? { outcome: "allowed" }
        : { outcome: "refused", by: "the broker: takes the tenant from the token alone" };
    },
    control: async (stage) => {
      const response = await stage.askBroker({ token: stage.attacker.token });
      return response.granted && response.grant.tenant.id === stage.attacker.id
        ? { outcome: "allowed" }
        : { outcome: "refused", by: "the broker" };
    },
  },
];

/** Asks for the victim's canary. The victim's own member gets it: that is the control. */
function routing(
  name: string,
  path: string,
  parts: (id: string, question: string) => RequestParts,
): Attack<Stage> {
  const question = ({ canary }: Party): string => `What is ${canary}?`;
  return {
    name,
    layer: "identity and routing",
    attempt: async (stage) => {
      const { victim, attacker } = stage;
      const target = path.replaceAll("{id}", victim.id);
      const answer = await stage
        .api(attacker.token)
        .request<ChatResponse>(target, parts(victim.id, question(victim)));
      // Only for what the request must not hold; another 400 would be a fault of this attack.
      if (answer.status === 400 && JSON.stringify(answer.body).includes("tenant_id"))
        return { outcome: "refused", by: "the API: the body names what no request may name" };
      const body = answer.body as ChatResponse;
      if (answer.status !== 200) throw new Error(`the API answered ${answer.status}`);
      if (saysCanary(body, victim)) return { outcome: "allowed" };
      const me = await stage.api(attacker.token).request<MeResponse>(target.replace("/v1/chat", "/v1/me"), {
        ...(parts("", "").headers ? { headers: parts(victim.id, "").headers ?? {} } : {}),
      });
      return (me.body as MeResponse).tenant.id === attacker.id
        ? { outcome: "refused", by: "routing: the tenant is the token's" }
        : { outcome: "allowed" };
    },
    control: async (stage) => {
      const { victim } = stage;
      const body = await stage.api(victim.token).ask(question(victim));
      return saysCanary(body, victim)
        ? { outcome: "allowed" }
        : refused("the victim's own member gets no answer");
    },
  };
}

function saysCanary({ answer, citations }: ChatResponse, { canary }: Party): boolean {
  return [answer, ...citations.map(({ text }) => text)].join("\n").toLowerCase().includes(canary);
}

const refused = (by: string): Outcome => ({ outcome: "refused", by });
