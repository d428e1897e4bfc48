/** Pulumi's values as the engine writes them, with symbols for what is not known yet. */
import { Unknown, type Value } from "../resource.ts";

/** What the engine puts in the place of a value of each type that is known only after deployment. */
const UNKNOWN: ReadonlySet<string> = new Set([
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** An object with this key is not what it looks like: a secret, an output, an asset. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** A value of a state or a preview. A secret is taken as it is if it is in clear, else it is as good as unknown. */
export function valueOf(raw: unknown, urn: string, path = ""): Value {
  const unknown = (): Unknown => new Unknown(urn, path);
  if (typeof raw === "string") return UNKNOWN.has(raw) ? unknown() : raw;
  if (typeof raw === "number" || typeof raw === "boolean") return raw;
  if (typeof raw !== "object") return null;
  if (raw === null) return null;
  if (raw instanceof Unknown) return raw;
  if (Array.isArray(raw)) return raw.map((each, index) => valueOf(each, urn, `${path}[${index}]`));
  const fields = raw as Readonly<Record<string, unknown>>;
  const { [SIGNATURE]: signature, plaintext, value } = fields;
  if (signature === SECRET) {
    if (typeof plaintext === "string") return valueOf(JSON.parse(plaintext), urn, path);
    return value === undefined ? unknown() : valueOf(value, urn, path);
  }
  if (signature === OUTPUT) return value === undefined ? unknown() : valueOf(value, urn, path);
  return Object.fromEntries(
    Object.entries(fields).map(([name, each]) => [
      name,
      valueOf(each, urn, path === "" ? name : `${path}.${name}`),
    ]),
  );
}

/** All properties of a resource. */
export function propertiesOf(
  raw: Readonly<Record<string, unknown>> | undefined,
  urn: string,
): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    Object.entries(raw ?? {}).map(([name, each]) => [name, valueOf(each, urn, name)]),
  );
}

/** The last part of a URN. */
export const nameOf = (urn: string): string => urn.slice(urn.lastIndexOf("::") + 2);
