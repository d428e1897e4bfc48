import { UnsupportedError } from "../../errors.ts";
import { type OperatorTable, typed } from "./operator.ts";

/** An address is a range of one. IPv4 and IPv6 never match each other. */
interface Range {
  readonly bits: 32 | 128;
  readonly address: bigint;
  readonly prefix: number;
}

export const ipOperators: OperatorTable = {
  IpAddress: typed(parseRange, requestAddress, "an IP address or CIDR range", within),
  NotIpAddress: typed(parseRange, requestAddress, "an IP address or CIDR range", within, true),
};

function within(request: Range, listed: Range): boolean {
  const shift = BigInt(listed.bits - listed.prefix);
  return request.bits === listed.bits && request.address >> shift === listed.address >> shift;
}

function requestAddress(text: string): Range {
  const range = text.includes("/") ? undefined : parseRange(text);
  if (range === undefined) throw new UnsupportedError(`the request's "${text}" is not an IP address`);
  return range;
}

function parseRange(text: string): Range | undefined {
  const [address = "", prefix, ...more] = text.split("/");
  if (more.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix))) return undefined;
  const bits = address.includes(":") ? 128 : 32;
  const value = bits === 32 ? parseV4(address) : parseV6(address);
  const length = prefix === undefined ? bits : Number(prefix);
  return value === undefined || length > bits ? undefined : { bits, address: value, prefix: length };
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split(".");
  // A leading zero may mean octal elsewhere: refused.
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255))
    return undefined;
  return parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

function parseV6(text: string): bigint | undefined {
  const [head = "", tail, ...more] = text.split("::");
  if (more.length > 0) return undefined;
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  if (left === undefined || right === undefined) return undefined;
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const all = [...left, ...Array.from({ length: missing }, () => 0n), ...right];
  return all.reduce((sum, group) => sum * 65536n + group, 0n);
}

function groups(text: string): bigint[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  return parts.every((part) => /^[0-9a-fA-F]{1,4}$/.test(part))
    ? parts.map((part) => BigInt(`0x${part}`))
    : undefined;
}
