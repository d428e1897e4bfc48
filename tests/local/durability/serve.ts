/** A gateway in a process of its own, which a test can kill: `node serve.ts FOLDER PORT`. */
import process from "node:process";
import { startGateway } from "../../../local/gateway/index.ts";
import { roleArn } from "../gateway/support.ts";

const [folder = "", port = "0"] = process.argv.slice(2);
const gateway = await startGateway({ folder, port: Number(port) });
const { accessKeyId, secretAccessKey, sessionToken } = gateway.issueSession(roleArn("writer"), "test", {
  tags: { tenant_id: "acme" },
});
process.send?.({ origin: gateway.origin, credentials: { accessKeyId, secretAccessKey, sessionToken } });
// Without a parent there is nobody to serve.
process.on("disconnect", () => {
  process.exit();
});
