/** What people may, who look after the platform. */
import type { Grant } from "./grant.ts";

export const OF_OPERATORS: readonly Grant[] = [
  {
    who: ["operator.reader"],
    on: ["knowledge-base", "reference-base"],
    whose: "anyone",
    actions: ["bedrock:GetIngestionJob", "bedrock:ListIngestionJobs"],
    exception: "people see that documents were ingested, and none of what is in them",
  },
  {
    who: ["operator.reader"],
    on: ["platform-key"],
    whose: "platform",
    actions: ["kms:Decrypt"],
    exception:
      "people read the audit, which is under the platform's key; what else is under it is not theirs to read",
  },
  {
    who: ["operator.break-glass"],
    on: ["knowledge-base", "reference-base"],
    whose: "anyone",
    actions: [
      "bedrock:StartIngestionJob",
      "bedrock:StopIngestionJob",
      "bedrock:GetIngestionJob",
      "bedrock:ListIngestionJobs",
    ],
    exception: "people repair an ingestion in an emergency; each use is an alarm",
  },
  {
    who: ["operator.break-glass"],
    on: ["profile"],
    whose: "anyone",
    actions: ["bedrock:InvokeModel*"],
    exception: "a profile holds no data: whoever asks a model by it makes costs, and each use is an alarm",
  },
  {
    who: ["operator.break-glass"],
    on: [
      "reference-objects",
      "reference-key",
      "platform-key",
      "other-key",
      "platform-item",
      "platform-secret",
    ],
    whose: "platform",
    actions: ["s3:*", "kms:*", "dynamodb:*", "secretsmanager:*"],
    exception: "people repair the platform in an emergency; each use is an alarm",
  },
  {
    who: ["operator.break-glass"],
    on: ["conversation", "memory"],
    whose: "anyone",
    actions: ["bedrock-agentcore:ListSessions", "bedrock-agentcore:ListActors"],
    exception: "people see that there were conversations, and none of what was said",
  },
];
