import { InvalidToken } from "./errors.ts";

/** The raw token of an `Authorization: Bearer …` header. @throws InvalidToken */
export function bearerToken(authorization: string | undefined): string {
  const token = /^Bearer ([^\s]+)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) throw new InvalidToken("missing");
  return token;
}
