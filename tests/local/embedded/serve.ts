/** Serves the account in a folder as commands do: line by line it takes a path to PUT, and tells what came of it. */
import process from "node:process";
import { createInterface } from "node:readline";
import { main } from "../../../local/commands/main.ts";
import { defaultPlace } from "../../../local/paths.ts";
import { openEmbedded } from "../../../local/embedded.ts";
import { roleArn } from "../gateway/support.ts";

await main(async () => {
  const embedded = await openEmbedded(defaultPlace("local"));
  try {
    const { gateway } = embedded;
    process.stdout.write(`${gateway.origin}\n`);
    const session = gateway.issueSession(roleArn("all"), "test");
    for await (const line of createInterface({ input: process.stdin })) {
      const [method = "", rawPath = "", text = ""] = line.split(" ");
      const reply = await gateway.call({ service: "s3", method, rawPath, body: Buffer.from(text), session });
      process.stdout.write(`${reply.status} ${(reply.body ?? "").toString().replaceAll("\n", " ")}\n`);
    }
    return 0;
  } finally {
    await embedded.close();
  }
});
