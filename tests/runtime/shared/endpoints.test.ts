import assert from "node:assert/strict";

import { checkedEndpoint, localOrigin, originOf } from "../../../runtime/shared/endpoints.ts";

describe("endpoints", () => {
  for (const [url, origin] of [
    ["http://127.0.0.1:4566", "http://127.0.0.1:4566"],
    ["http://localhost:4566/", "http://localhost:4566"],
    ["http://[::1]:4566", "http://[::1]:4566"],
  ] as const)
    it(`takes ${url}`, () => {
      assert.equal(localOrigin({ AWS_ENDPOINT_URL: url }), origin);
    });

  for (const [endpoint, origin] of [
    ["vpc-x.us-east-1.es.amazonaws.com", "https://vpc-x.us-east-1.es.amazonaws.com"],
    ["127.0.0.1:4566/_domain/x", "http://127.0.0.1:4566/_domain/x"],
    ["127.0.0.1.attacker.example", "https://127.0.0.1.attacker.example"],
    ["127.0.0.1@attacker.example", "https://127.0.0.1@attacker.example"],
  ] as const)
    it(`reaches a domain's endpoint ${endpoint} at ${origin}`, () => {
      assert.equal(originOf(endpoint), origin);
    });

  it("is AWS where nothing is set", () => {
    assert.equal(localOrigin({}), undefined);
    assert.equal(localOrigin({ AWS_ENDPOINT_URL: "" }), undefined);
  });

  for (const url of [
    "https://127.0.0.1:4566",
    "http://attacker.example",
    "https://attacker.example",
    "http://127.0.0.1.attacker.example",
    "http://127.0.0.1@attacker.example",
    "http://user:pass@127.0.0.1",
    "http://0.0.0.0:80",
    "http://169.254.169.254",
    "http://10.0.0.1",
    "http://localhost.attacker.example",
    "file:///etc/passwd",
    "127.0.0.1:4566",
  ])
    for (const name of ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"])
      it(`refuses ${name}=${url}`, () => {
        assert.throws(() => localOrigin({ [name]: url }), { name: "ConfigurationError" });
      });

  it("takes an https endpoint, and a loopback one only in a local account", () => {
    assert.equal(checkedEndpoint("https://x.aoss.amazonaws.com", undefined).hostname, "x.aoss.amazonaws.com");
    const local = "http://127.0.0.1:4566/_aoss/x";
    assert.equal(checkedEndpoint(local, "http://127.0.0.1:4566").pathname, "/_aoss/x");
    for (const endpoint of [
      local,
      "http://x.aoss.amazonaws.com",
      "https://user@x.example",
      "x",
      "https://x/?a",
    ])
      assert.throws(() => checkedEndpoint(endpoint, undefined), { name: "ConfigurationError" });
  });
});
