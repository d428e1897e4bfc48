import { AwsError } from "../../gateway/contract.ts";
import type { Behaviours } from "../behaviour.ts";
import { uuid } from "../ids.ts";
import { text } from "../values.ts";

const TOPIC = "aws:sns/topic:Topic";

export const sns: Behaviours = {
  [TOPIC]: {
    id: (inputs, _seed, { partition, region, account }) =>
      `arn:${partition}:sns:${region}:${account}:${text(inputs, "name")}`,
    conflict: (inputs) =>
      new AwsError(
        "InvalidParameter",
        `Topic already exists with different attributes: ${text(inputs, "name")}`,
      ),
    outputs: ({ place }) => ({ owner: place.account }),
  },
  "aws:sns/topicSubscription:TopicSubscription": {
    id: (inputs, seed) => `${text(inputs, "topic")}:${uuid(seed)}`,
    verify: ({ account, inputs }) => {
      const topic = text(inputs, "topic");
      if (!account.resource(TOPIC, topic))
        throw new AwsError("NotFound", `Topic does not exist: ${topic}`, 404);
    },
    // Whoever reads the address has to confirm it.
    outputs: ({ id, inputs, place }) => ({
      arn: id,
      ownerId: place.account,
      pendingConfirmation: text(inputs, "protocol") === "email",
      confirmationWasAuthenticated: false,
    }),
  },
};
