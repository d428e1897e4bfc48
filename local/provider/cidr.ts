/** Blocks of IPv4 addresses, as `10.0.0.0/20`. */
import { isIPv4 } from "node:net";

interface Block {
  /** First address, as a number. */
  readonly start: number;
  /** Number of addresses. */
  readonly size: number;
}

/** @throws RangeError if it is no block, or does not start where a block of its size may. */
function block(cidr: string): Block {
  const [address = "", length = ""] = cidr.split("/");
  const bits = Number(length);
  const start = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - bits);
  if (!isIPv4(address) || !/^\d{1,2}$/.test(length) || bits > 32 || start % size !== 0)
    throw new RangeError(`${cidr} is not a block of addresses`);
  return { start, size };
}

export function blockWithin(inner: string, outer: string): boolean {
  const [a, b] = [block(inner), block(outer)];
  return a.start >= b.start && a.start + a.size <= b.start + b.size;
}

export function blocksOverlap(one: string, other: string): boolean {
  return blockWithin(one, other) || blockWithin(other, one);
}

/** Divides a block into equal ones, as many as the next power of two, and gives the first `count`. */
export function divided(cidr: string, count: number): string[] {
  const { start, size } = block(cidr);
  const bits = Number(cidr.split("/")[1]) + Math.ceil(Math.log2(count));
  const part = 2 ** (32 - bits);
  if (part > size) throw new RangeError(`${cidr} can't be divided by ${count}`);
  return Array.from({ length: count }, (_, i) => `${dotted(start + i * part)}/${bits}`);
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}
