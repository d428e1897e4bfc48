/** Functions of the provider that a program may call. */
import type { Account } from "../account/account.ts";
import { DEPLOYER_ROLE } from "../account/identity.ts";
import type { Place } from "./behaviour.ts";
import { CURRENT, SecretsStore } from "../gateway/services/secrets-store.ts";
import { text, type Properties } from "./values.ts";

type Invoke = (place: Place, args: Properties, account: Account) => Properties;

const INVOKES: Readonly<Record<string, Invoke>> = {
  "aws:index/getCallerIdentity:getCallerIdentity": ({ account, partition }) => ({
    accountId: account,
    arn: `arn:${partition}:sts::${account}:assumed-role/${DEPLOYER_ROLE}/pulumi`,
    id: account,
    userId: `AROAEXAMPLEDEPLOYER00:pulumi`,
  }),
  "aws:index/getRegion:getRegion": ({ region }, args) => {
    const name = typeof args["region"] === "string" ? args["region"] : region;
    return { region: name, name, id: name, description: name, endpoint: `ec2.${name}.amazonaws.com` };
  },
  "aws:index/getPartition:getPartition": ({ partition }) => ({
    partition,
    id: partition,
    dnsSuffix: "amazonaws.com",
    reverseDnsPrefix: "com.amazonaws",
  }),
  "aws:secretsmanager/getSecretVersion:getSecretVersion": (_place, args, account) => {
    const id = text(args, "secretId");
    const store = new SecretsStore(account);
    const secret = store.find(id);
    const current = Object.entries(secret ? store.read(secret).versions : {}).find(([, { labels }]) =>
      labels.includes(CURRENT),
    );
    if (!secret || !current)
      throw new Error(`reading Secrets Manager Secret Version (${id}): couldn't find resource`);
    const [versionId, { value, labels }] = current;
    return {
      id: `${id}|${CURRENT}`,
      arn: secret.outputs["arn"],
      secretId: id,
      secretString: value,
      versionId,
      versionStage: CURRENT,
      versionStages: labels,
    };
  },
};

export function invoke(token: string, place: Place, args: Properties, account: Account): Properties {
  const found = INVOKES[token];
  if (!found)
    throw new Error(
      `the embedded account doesn't serve function ${token}, only ${Object.keys(INVOKES).join(", ")}. To add it: local/provider/invokes.ts`,
    );
  return found(place, args, account);
}
