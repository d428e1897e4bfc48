import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface Answer {
  readonly body: string;
  /** @default application/json */
  readonly type?: string;
}

export interface Served {
  readonly origin: string;
  close(): void;
}

/** Serves a function on a free port of the loopback address. `onDone` hears how long it was busy with a request. */
export async function serve(
  answer: (asked: Asked) => Answer | Promise<Answer>,
  onDone?: (asked: Asked, from: bigint, to: bigint) => void,
): Promise<Served> {
  const server = createServer((request, response) => {
    const from = process.hrtime.bigint();
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const asked = { method, path: url, headers, body: Buffer.concat(chunks).toString() };
      void Promise.resolve()
        .then(() => answer(asked))
        .then(
          ({ body, type = "application/json" }) => {
            response.writeHead(200, { "content-type": type }).end(body, () => {
              onDone?.(asked, from, process.hrtime.bigint());
            });
          },
          (error: unknown) => response.writeHead(500).end(String(error)),
        );
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
