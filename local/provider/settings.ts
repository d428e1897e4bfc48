/** The provider's own configuration. */
import { LOCAL_ACCOUNT, LOCAL_PARTITION, LOCAL_REGION } from "../account/identity.ts";
import type { Place } from "./behaviour.ts";
import type { Fault } from "./check.ts";
import { isAbsent, isObject, isUnknown } from "./values.ts";
import type { Properties } from "./values.ts";

export interface Settings {
  readonly place: Place;
  readonly defaultTags: Properties;
}

/** What the embedded account acts on. */
const USED = ["region", "defaultTags", "allowedAccountIds", "forbiddenAccountIds"];

/** Taken and without effect: they say how AWS is reached and with which credentials, and nothing is reached here. */
const WITHOUT_EFFECT = [
  ...["accessKey", "secretKey", "token", "profile", "sharedConfigFiles", "sharedCredentialsFiles"],
  ...["skipCredentialsValidation", "skipMetadataApiCheck", "skipRegionValidation", "skipRequestingAccountId"],
  ...["maxRetries", "retryMode", "s3UsePathStyle", "endpoints", "version"],
];

/** Every fault of a configuration at once. */
export function settingsFaults(config: Properties): Fault[] {
  const unknown = Object.keys(config)
    .filter((key) => !key.startsWith("__") && !USED.includes(key) && !WITHOUT_EFFECT.includes(key))
    .map((property) => ({ property, reason: "is not a setting that the embedded account knows" }));
  return [...unknown, ...accountFaults(config)];
}

function accountFaults(config: Properties): Fault[] {
  const allowed = list(config["allowedAccountIds"]);
  const forbidden = list(config["forbiddenAccountIds"]);
  const faults: Fault[] = [];
  if (allowed && !allowed.includes(LOCAL_ACCOUNT))
    faults.push({ property: "allowedAccountIds", reason: `AWS account ID not allowed: ${LOCAL_ACCOUNT}` });
  if (forbidden?.includes(LOCAL_ACCOUNT))
    faults.push({ property: "forbiddenAccountIds", reason: `AWS account ID not allowed: ${LOCAL_ACCOUNT}` });
  return faults;
}

/** @throws Error that names every fault. */
export function settings(config: Properties): Settings {
  const faults = settingsFaults(config);
  if (faults.length > 0)
    throw new Error(faults.map(({ property, reason }) => `aws:${property}: ${reason}`).join("; "));
  const region = decoded(config["region"]);
  const defaultTags = decoded(config["defaultTags"]);
  const tags = isObject(defaultTags) && isObject(defaultTags["tags"]) ? defaultTags["tags"] : {};
  return {
    place: {
      partition: LOCAL_PARTITION,
      account: LOCAL_ACCOUNT,
      region: typeof region === "string" && !isUnknown(region) ? region : LOCAL_REGION,
    },
    defaultTags: tags,
  };
}

function list(value: unknown): unknown[] | undefined {
  const plain = decoded(value);
  if (isAbsent(plain) || isUnknown(plain)) return undefined;
  return [plain].flat();
}

/** The engine hands a provider's nested settings over as JSON in strings. */
function decoded(value: unknown): unknown {
  if (typeof value !== "string" || !/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
