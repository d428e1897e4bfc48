import { decodeJwt, generateKeyPair, SignJWT } from "jose";
import { SigningKeys } from "../gateway/issuer/keys.ts";
import type { Attack, Outcome } from "./attack.ts";
import type { Stage } from "./stage.ts";

/** Tokens that must not open the door, each against the genuine one. */
export const TOKEN_ATTACKS: readonly Attack<Stage>[] = [
  tokenAttack("a token whose tenant claim was changed", ({ victim, attacker }) => {
    const [header = "", payload = "", signature = ""] = attacker.token.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as Record<string, unknown>;
    const forged = Buffer.from(JSON.stringify({ ...claims, tenant_id: victim.id })).toString("base64url");
    return Promise.resolve([header, forged, signature].join("."));
  }),
  tokenAttack("a token of the right pool that has expired", async (stage) => {
    const { key, kid } = await new SigningKeys(stage.gateway.account).signing(stage.deployment.userPoolId);
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ ...decodeJwt(stage.attacker.token), iat: now - 7200, exp: now - 3600 })
      .setProtectedHeader({ alg: "RS256", kid })
      .sign(key);
  }),
  tokenAttack("a token of another user pool", async (stage) => {
    const { privateKey } = await generateKeyPair("RS256");
    const issuer = `https://cognito-idp.${stage.place.region}.amazonaws.com/${stage.place.region}_Stranger1`;
    return new SignJWT({ ...decodeJwt(stage.attacker.token), iss: issuer, tenant_id: stage.victim.id })
      .setProtectedHeader({ alg: "RS256", kid: "stranger" })
      .sign(privateKey);
  }),
  tokenAttack("a token that claims our pool, signed with another key", async (stage) => {
    const { privateKey } = await generateKeyPair("RS256");
    const { kid } = await new SigningKeys(stage.gateway.account).signing(stage.deployment.userPoolId);
    return new SignJWT({ ...decodeJwt(stage.attacker.token), tenant_id: stage.victim.id })
      .setProtectedHeader({ alg: "RS256", kid })
      .sign(privateKey);
  }),
];

function tokenAttack(name: string, forge: (stage: Stage) => Promise<string>): Attack<Stage> {
  return {
    name,
    layer: "identity and routing",
    attempt: async (stage) => signedIn(stage, await forge(stage)),
    control: (stage) => signedIn(stage, stage.attacker.token),
  };
}

async function signedIn(stage: Stage, token: string): Promise<Outcome> {
  const { status } = await stage.api(token).me();
  if (status === 200) return { outcome: "allowed" };
  if (status === 401 || status === 403) return { outcome: "refused", by: `the authorizer: ${status}` };
  throw new Error(`GET /v1/me answered ${status}`);
}
