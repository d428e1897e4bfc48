import assert from "node:assert/strict";
import net from "node:net";
import { errorReply, protocolOf } from "../../../local/gateway/protocol.ts";
import { listen, type Listener } from "../../../local/gateway/listener.ts";

describe("the gateway's port", () => {
  let listener: Listener;

  before(async () => {
    listener = await listen({
      host: "127.0.0.1",
      port: 0,
      headMilliseconds: 200,
      answer: () => Promise.resolve({ status: 200, headers: {}, body: "answered" }),
      refuse: (head, error) => errorReply(protocolOf("", head.headers), error, "1"),
    });
  });
  after(() => listener.close());

  /** What comes back until the connection is closed. */
  const said = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = net.connect(listener.port, "127.0.0.1");
      let answer = "";
      socket.on("data", (data) => (answer += data.toString()));
      socket.on("close", () => {
        resolve(answer);
      });
      socket.on("error", reject);
      socket.write(text);
    });

  it("answers a request", async () => {
    assert.match(await said("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), /^HTTP\/1.1 200 /);
  });

  it("lets go of a client that does not end its request's head", async () => {
    assert.match(await said("GET / HTTP/1.1\r\nHost: x\r\n"), /^HTTP\/1.1 408 /);
  });
});
