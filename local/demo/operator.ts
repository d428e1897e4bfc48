import { Invitations, type User } from "../../verify/invitations.ts";
import type { Deployment } from "../../verify/target.ts";
import { LOCAL_REGION, OPERATOR } from "../account/identity.ts";
import type { Session } from "../gateway/contract.ts";
import type { RunningGateway } from "../gateway/index.ts";

export type { Deployment, User };

/** How an AWS SDK client reaches the embedded account as a session. */
export function clientConfig(
  origin: string,
  session: Pick<Session, "accessKeyId" | "secretAccessKey" | "sessionToken">,
) {
  const { accessKeyId, secretAccessKey, sessionToken } = session;
  return {
    endpoint: origin,
    region: LOCAL_REGION,
    credentials: { accessKeyId, secretAccessKey, sessionToken },
    // As verify asks AWS: a throttled call says nothing.
    maxAttempts: 6,
  };
}

/** What an operator at this machine does besides `pulumi up`. */
export class Operator extends Invitations {
  constructor(gateway: RunningGateway, deployment: Deployment) {
    super({ operator: clientConfig(gateway.origin, gateway.issueSession(OPERATOR, "operator")), deployment });
  }
}
