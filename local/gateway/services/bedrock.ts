/** Amazon Bedrock: models (bedrock-runtime), retrieval (bedrock-agent-runtime), knowledge bases (bedrock-agent). All sign as `bedrock`; paths tell them apart. */
import { AwsError, type Call, type Gateway, type Reply, type Service } from "../contract.ts";
import { handleAgent } from "./bedrock-agent.ts";
import { unserved } from "./bedrock-errors.ts";
import { IngestionJobs } from "./bedrock-jobs.ts";
import { retrieve } from "./bedrock-retrieve.ts";
import { handleModel } from "./bedrock-runtime.ts";

export function createBedrockService(gateway: Gateway): Service {
  const jobs = new IngestionJobs(gateway);
  return {
    serves: (call) => call.service === "bedrock",
    handle: async (call) => {
      try {
        return await dispatch(gateway, jobs, call);
      } catch (error) {
        // IAM's refusal by the name that Bedrock gives it.
        if (error instanceof AwsError && error.code === "AccessDenied")
          throw new AwsError("AccessDeniedException", error.message, 403);
        throw error;
      }
    },
    close: () => jobs.close(),
  };
}

function dispatch(gateway: Gateway, jobs: IngestionJobs, call: Call): Reply | Promise<Reply> {
  const path = segments(call.rawPath);
  const [first, second, third] = path;
  if (call.method === "POST" && first === "model" && second !== undefined && path.length === 3)
    return handleModel(gateway, call, second, third ?? "");
  if (
    call.method === "POST" &&
    first === "knowledgebases" &&
    second !== undefined &&
    third === "retrieve" &&
    path.length === 3
  )
    return retrieve(gateway, call, second);
  if (first === "knowledgebases") return handleAgent(gateway, jobs, call, path.slice(1));
  throw unserved(call);
}

/** A segment may hold an encoded `/`: a model is also named by its ARN. */
function segments(rawPath: string): string[] {
  const raw = rawPath.replace(/^\//, "").replace(/\/$/, "");
  return raw.split("/").map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw new AwsError("ValidationException", `The path segment '${part}' is not valid percent-encoding.`);
    }
  });
}
