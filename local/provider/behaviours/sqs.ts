import { AwsError } from "../../gateway/contract.ts";
import { dropMessages } from "../../gateway/services/sqs-messages.ts";
import { QUEUE_TYPE, queueUrl } from "../../gateway/services/sqs-queue.ts";
import type { Behaviours } from "../behaviour.ts";
import { text } from "../values.ts";

/** What a queue may not ask for here: it would change what happens to messages. */
const UNSERVED = ["fifoQueue", "redrivePolicy", "redriveAllowPolicy"] as const;

export const sqs: Behaviours = {
  [QUEUE_TYPE]: {
    defaults: {
      delaySeconds: 0,
      maxMessageSize: 262_144,
      messageRetentionSeconds: 345_600,
      receiveWaitTimeSeconds: 0,
      visibilityTimeoutSeconds: 30,
    },
    id: (inputs) => queueUrl(text(inputs, "name")),
    conflict: (inputs) =>
      new AwsError("QueueNameExists", `A queue already exists with the name ${text(inputs, "name")}`),
    verify: (draft) => {
      for (const name of UNSERVED)
        if (draft.inputs[name] !== undefined && draft.inputs[name] !== false)
          throw new AwsError("NotImplemented", `The embedded account's SQS does not serve ${name}`, 501);
    },
    outputs: ({ id }) => ({ url: id }),
    remove: (record, { gateway }) => {
      dropMessages(gateway.account, text(record.inputs, "name"));
      return Promise.resolve();
    },
  },
  "aws:sqs/queuePolicy:QueuePolicy": {
    id: (inputs) => text(inputs, "queueUrl"),
    verify: (draft) => {
      const url = text(draft.inputs, "queueUrl");
      if (!draft.account.resource(QUEUE_TYPE, url))
        throw new AwsError("QueueDoesNotExist", `The specified queue does not exist: ${url}`);
    },
  },
};
