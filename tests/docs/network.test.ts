import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { NETWORK_PAGE, networkPage } from "../../infra/documents/network-page.ts";

/** Without the padding of its formatting. */
const plain = (page: string): string =>
  page
    .replaceAll(/ {2,}/g, " ")
    .replaceAll(/-{3,}/g, "---")
    .replaceAll(/\n{2,}/g, "\n\n");

describe("docs/network.md", () => {
  it("says who talks to whom as the program has it", () => {
    const page = readFileSync(NETWORK_PAGE, "utf8");
    assert.equal(plain(page), plain(networkPage(page)), "stale: run node infra/documents/network-page.ts");
  });

  it("needs its marks", () => {
    assert.throws(() => networkPage("# Network"), /lacks <!-- talks -->/);
  });
});
