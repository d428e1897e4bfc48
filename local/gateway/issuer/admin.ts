import { z } from "zod";
import { AwsError } from "../contract.ts";
import { checkPassword, hashPassword, temporaryPassword } from "./passwords.ts";
import { notServed, type UserPool } from "./pools.ts";
import type { Mail } from "./mail.ts";
import type { RefreshTokens } from "./refresh-tokens.ts";
import type { User, Users } from "./users.ts";

/** An operation on a pool's users: its input was not read yet, access was decided. */
type AdminOperation = (
  stores: { users: Users; refreshTokens: RefreshTokens; mail: Mail },
  pool: UserPool,
  input: unknown,
) => Promise<object> | object;

const Named = z.object({ Username: z.string().min(1).max(128) });
const Attributes = z.array(z.object({ Name: z.string(), Value: z.string().default("") })).default([]);

/** Cognito's operations for administrators, by name. Each one acts under `cognito-idp:<name>` on the pool. */
export const ADMIN_OPERATIONS: Readonly<Record<string, AdminOperation>> = {
  async AdminCreateUser({ users, mail }, pool, input) {
    const of = read(
      Named.extend({
        TemporaryPassword: z.string().optional(),
        UserAttributes: Attributes,
        MessageAction: z.string().optional(),
        DesiredDeliveryMediums: z.array(z.string()).optional(),
      }),
      input,
    );
    // Resending an invitation is the only other thing that this does.
    if (of.MessageAction !== undefined && of.MessageAction !== "SUPPRESS")
      throw notServed(`MessageAction ${of.MessageAction}`);
    const password = of.TemporaryPassword ?? temporaryPassword();
    checkPassword(pool, password);
    const attributes = Object.fromEntries(of.UserAttributes.map(({ Name, Value }) => [Name, Value]));
    const user = users.create(pool, of.Username, attributes, await hashPassword(password));
    if (of.MessageAction === undefined && attributes["email"] !== undefined)
      mail.send({ to: attributes["email"], username: of.Username, password, poolId: pool.id });
    return { User: described(user, "Attributes") };
  },

  async AdminSetUserPassword({ users }, pool, input) {
    const of = read(Named.extend({ Password: z.string(), Permanent: z.boolean().default(false) }), input);
    const user = users.get(pool, of.Username);
    checkPassword(pool, of.Password);
    const password = await hashPassword(of.Password);
    users.update(
      pool,
      user,
      of.Permanent
        ? { password, status: "CONFIRMED" }
        : { password, status: "FORCE_CHANGE_PASSWORD", temporarySince: Date.now() },
    );
    return {};
  },

  AdminGetUser({ users }, pool, input) {
    return described(users.get(pool, read(Named, input).Username), "UserAttributes");
  },

  AdminDeleteUser({ users, refreshTokens }, pool, input) {
    const user = users.get(pool, read(Named, input).Username);
    users.delete(pool, user);
    refreshTokens.revokeUser(pool.id, user.sub);
    return {};
  },

  AdminDisableUser({ users, refreshTokens }, pool, input) {
    const user = users.get(pool, read(Named, input).Username);
    users.update(pool, user, { enabled: false });
    refreshTokens.revokeUser(pool.id, user.sub);
    return {};
  },

  AdminEnableUser({ users }, pool, input) {
    users.update(pool, users.get(pool, read(Named, input).Username), { enabled: true });
    return {};
  },

  AdminUserGlobalSignOut({ users, refreshTokens }, pool, input) {
    refreshTokens.revokeUser(pool.id, users.get(pool, read(Named, input).Username).sub);
    return {};
  },

  ListUsers({ users }, pool, input) {
    const of = read(
      z.object({
        Filter: z.string().optional(),
        Limit: z.number().int().min(1).max(60).default(60),
        PaginationToken: z.string().optional(),
      }),
      input,
    );
    const matches = filter(of.Filter);
    const after =
      of.PaginationToken === undefined ? "" : Buffer.from(of.PaginationToken, "base64url").toString();
    const found = [...users.list(pool)].filter(matches);
    const start = after === "" ? 0 : found.findIndex((user) => user.sub === after) + 1;
    const page = found.slice(start, start + of.Limit);
    const last = page.at(-1);
    return {
      Users: page.map((user) => described(user, "Attributes")),
      ...(last &&
        start + page.length < found.length && {
          PaginationToken: Buffer.from(last.sub).toString("base64url"),
        }),
    };
  },
};

/** `email = "a@b.example"` or, for a prefix, `email ^= "a"`. */
function filter(text: string | undefined): (user: User) => boolean {
  if (text === undefined || text.trim() === "") return () => true;
  const parts = /^\s*"?(?<name>[\w:]+)"?\s*(?<operator>\^?=)\s*"(?<value>(?:[^"\\]|\\.)*)"\s*$/.exec(
    text,
  )?.groups;
  if (!parts) throw new AwsError("InvalidParameterException", `Error while parsing filter: ${text}`);
  const name = parts["name"] ?? "";
  const value = (parts["value"] ?? "").replaceAll(/\\(.)/g, "$1");
  const known: Record<string, (user: User) => string | undefined> = {
    username: (user) => user.username,
    sub: (user) => user.sub,
    "cognito:user_status": (user) => user.status,
    status: (user) => (user.enabled ? "Enabled" : "Disabled"),
  };
  const pick = known[name] ?? ((user: User) => user.attributes[name]);
  return parts["operator"] === "="
    ? (user) => pick(user) === value
    : (user) => pick(user)?.startsWith(value) === true;
}

function described(user: User, attributes: "Attributes" | "UserAttributes"): object {
  return {
    Username: user.username,
    [attributes]: Object.entries({ ...user.attributes, sub: user.sub }).map(([Name, Value]) => ({
      Name,
      Value,
    })),
    UserCreateDate: user.created / 1000,
    UserLastModifiedDate: user.modified / 1000,
    Enabled: user.enabled,
    UserStatus: user.status,
  };
}

/** Parameters that an operation has and this does not are refused by name. */
function read<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  input: unknown,
): z.infer<z.ZodObject<Shape>> {
  const parsed = z.strictObject({ ...schema.shape, UserPoolId: z.string() }).safeParse(input);
  if (!parsed.success) throw new AwsError("InvalidParameterException", z.prettifyError(parsed.error));
  return parsed.data as z.infer<z.ZodObject<Shape>>;
}
