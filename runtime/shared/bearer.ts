import { InvalidToken } from "./errors.ts";

const SCHEME = "bearer ";

/** The raw token of an `Authorization: Bearer …` header. @throws InvalidToken */
export function bearerToken(authorization: string | undefined): string {
  const token = authorization?.slice(SCHEME.length) ?? "";
  if (authorization?.slice(0, SCHEME.length).toLowerCase() !== SCHEME || token === "" || token.includes(" "))
    throw new InvalidToken("missing");
  return token;
}
