import { AwsError } from "../../gateway/contract.ts";
import type { Behaviours } from "../behaviour.ts";
import { LOWER, MIXED, characters } from "../ids.ts";
import { text } from "../values.ts";

const POOL = "aws:cognito/userPool:UserPool";

export const cognito: Behaviours = {
  [POOL]: {
    defaults: { mfaConfiguration: "OFF", deletionProtection: "INACTIVE" },
    id: (_inputs, seed, place) => `${place.region}_${characters(seed, MIXED, 9)}`,
    outputs: ({ id, place }) => ({
      endpoint: `cognito-idp.${place.region}.amazonaws.com/${id}`,
      estimatedNumberOfUsers: 0,
    }),
    volatile: ["lastModifiedDate"],
  },
  "aws:cognito/userPoolClient:UserPoolClient": {
    defaults: { generateSecret: false },
    id: (_inputs, seed) => characters(seed, LOWER, 26),
    verify: ({ account, inputs }) => {
      const pool = text(inputs, "userPoolId");
      if (!account.resource(POOL, pool))
        throw new AwsError("ResourceNotFoundException", `User pool ${pool} does not exist.`);
    },
    outputs: ({ id, inputs }) =>
      inputs["generateSecret"] === true ? { clientSecret: characters(`${id} secret`, LOWER, 32) } : {},
  },
};
