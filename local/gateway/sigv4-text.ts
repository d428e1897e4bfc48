/** The text and hash primitives of Signature Version 4. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { SignatureFault } from "./signature-fault.ts";

export type Pair = readonly [name: string, value: string];

/** Percent-encodes all but RFC 3986's unreserved characters, in upper-case hex. */
export function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Names and values of a query, decoded. @throws SignatureFault if it could be read in two ways. */
export function parseQuery(rawQuery: string): Pair[] {
  if (rawQuery === "") return [];
  if (rawQuery.includes("+")) {
    throw new SignatureFault(
      "incomplete",
      "Write a space in the query as %20 and a plus sign as %2B: '+' can mean either.",
    );
  }
  return rawQuery
    .split("&")
    .filter(Boolean)
    .map((part): Pair => {
      const at = part.indexOf("=");
      try {
        return at < 0
          ? [decodeURIComponent(part), ""]
          : [decodeURIComponent(part.slice(0, at)), decodeURIComponent(part.slice(at + 1))];
      } catch {
        throw new SignatureFault("incomplete", "The query is not percent-encoded UTF-8.");
      }
    });
}

/** By UTF-16 unit; what is compared is percent-encoded, so ASCII. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function sha256(data: Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

export function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/** In time that does not depend on where they differ. */
export function sameText(a: string, b: string): boolean {
  return timingSafeEqual(createHash("sha256").update(a).digest(), createHash("sha256").update(b).digest());
}
