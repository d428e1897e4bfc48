/** Pages of Bedrock's lists. */
import type { Call } from "../contract.ts";
import { invalid, readJson } from "./bedrock-json.ts";

const MAX_PAGE = 1000;

/** One page of a list; the token is where the next one starts. */
export function page<Item>(
  call: Call,
  all: readonly Item[],
): { items: readonly Item[]; nextToken: string | undefined } {
  const { maxResults = MAX_PAGE, nextToken = "0" } = readJson(call, ["maxResults", "nextToken"]);
  const from = Number(nextToken);
  if (!Number.isInteger(from) || from < 0) throw invalid("nextToken is not one that this API gave.");
  if (
    typeof maxResults !== "number" ||
    !Number.isInteger(maxResults) ||
    maxResults < 1 ||
    maxResults > MAX_PAGE
  )
    throw invalid(`maxResults must be from 1 to ${MAX_PAGE}.`);
  const end = from + maxResults;
  return { items: all.slice(from, end), nextToken: end < all.length ? String(end) : undefined };
}
