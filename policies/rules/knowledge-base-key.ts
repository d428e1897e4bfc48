import { control } from "../support/control.ts";

/** A knowledge base has no key of its own: what it ingests lies in its store. */
export const knowledgeBaseKey = control({
  name: "knowledge-base-key",
  description: "What a knowledge base ingests lies in a collection under a customer managed key.",
  severity: "medium",
  remediation: "Give the collection encryptionConfigs with awsOwnedKey false and kmsKeyArn.",
  of: ["aws:opensearch/serverlessCollection:ServerlessCollection"],
  judge: (collection) => {
    if (
      !collection.must(
        "encryptionConfigs.0.awsOwnedKey",
        (own) => own === false,
        "is encrypted with a key of AWS's own",
      )
    )
      return;
    collection.refers("encryptionConfigs.0.kmsKeyArn", "is encrypted with a key of AWS's own: no kmsKeyArn");
  },
});
