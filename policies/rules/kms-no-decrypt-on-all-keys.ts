import { eachIdentityPolicy } from "../support/identity-policy.ts";
import { rule } from "../support/rule.ts";

const NAME = "kms-no-decrypt-on-all-keys";

/** A condition on the key's alias or tag counts: it is the meaning that is asked for, not the resource's text. */
export const kmsNoDecryptOnAllKeys = rule({
  name: NAME,
  description:
    "No policy allows decryption with whatever key: policies name a key, by its ARN, its alias or its tag.",
  severity: "medium",
  remediation:
    "Name the key in Resource, or test `kms:ResourceAliases` (ForAnyValue:StringEquals) or `aws:ResourceTag`.",
  controls: ["KMS.1", "KMS.2"],
  validate: (input, report) => {
    eachIdentityPolicy(NAME, input, report, (ask, _, account, region) => {
      const key = `arn:aws:kms:${region}:${account}:key/00000000-0000-4000-8000-00000000aaaa`;
      const fresh = { "kms:ResourceAliases": ["alias/bulkhead-probe"] };
      return ["kms:Decrypt", "kms:ReEncryptFrom"].flatMap((action) => {
        const by = ask(action, key, fresh) ?? ask(action, key);
        return by === undefined ? [] : [`allows ${action} with every key, ${by}`];
      });
    });
  },
});
