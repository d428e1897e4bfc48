// Runs inside a worker thread: the counterpart of Lambda's Node.js runtime. Plain JavaScript, because a thread
// would otherwise pay for a type stripper on each cold start.
import { createRequire, registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { format } from "node:util";
import { parentPort, workerData } from "node:worker_threads";

/**
 * @typedef {(event: unknown, context: object, callback: (error: unknown, value?: unknown) => void) => unknown} Handler
 * @typedef {{ file: string, exportName: string, folder: string, context: { functionName: string, arn: string, handler: string, memoryMb: number, logStreamName: string, tenantId: string | undefined } }} Start
 */

const { file, exportName, folder, context: fixed } = /** @type {Start} */ (workerData);
const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
const root = pathToFileURL(`${folder}/`).href;
const runtime = createRequire(import.meta.url);
let requestId = "";

/** @type {(message: object) => void} */
const post = (message) => {
  port.postMessage(message);
};
/** @type {(level: string) => (...parts: unknown[]) => void} */
const logger =
  (level) =>
  (...parts) => {
    post({ type: "log", level, requestId, message: format(...parts) });
  };
Object.assign(console, {
  trace: logger("TRACE"),
  debug: logger("DEBUG"),
  log: logger("INFO"),
  info: logger("INFO"),
  warn: logger("WARN"),
  error: logger("ERROR"),
});

// Only what is in the function's own code can be imported, and the AWS SDK, which Lambda's runtime brings along.
// Without this a package that a bundle forgot would be found in this project's node_modules, and be missing on AWS.
registerHooks({
  resolve(specifier, context, next) {
    const own = context.parentURL?.startsWith(root) ?? false;
    if (own && /^@(aws-sdk|smithy)\//.test(specifier)) {
      if (!context.conditions.includes("require"))
        return next(specifier, { ...context, parentURL: import.meta.url });
      return { url: pathToFileURL(runtime.resolve(specifier)).href, shortCircuit: true };
    }
    const found = next(specifier, context);
    if (own && found.url.startsWith("file:") && !found.url.startsWith(root))
      throw Object.assign(new Error(`Cannot find package '${specifier}' in the function's code`), {
        code: "ERR_MODULE_NOT_FOUND",
      });
    return found;
  },
});

/** @param {unknown} thrown */
function failure(thrown) {
  if (!(thrown instanceof Error)) return { errorType: typeof thrown, errorMessage: String(thrown) };
  return {
    errorType: String(thrown.name),
    errorMessage: String(thrown.message),
    stack: String(thrown.stack),
  };
}

/** @param {string} name @param {string} message @param {unknown} [cause] */
function loadError(name, message, cause) {
  return Object.assign(new Error(message, { cause }), { name });
}

/** @returns {Promise<Handler>} */
async function load() {
  /** @type {Record<string, unknown>} */
  let module;
  try {
    module = /** @type {Record<string, unknown>} */ (await import(pathToFileURL(file).href));
  } catch (thrown) {
    const { errorType, errorMessage } = failure(thrown);
    const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
    if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND")
      throw loadError("Runtime.ImportModuleError", errorMessage, thrown);
    if (thrown instanceof SyntaxError) throw loadError("Runtime.UserCodeSyntaxError", errorMessage, thrown);
    throw loadError(errorType, errorMessage, thrown);
  }
  const handler = pick(module) ?? pick(module["default"]);
  if (typeof handler !== "function")
    throw loadError("Runtime.HandlerNotFound", `${fixed.handler} is undefined or not exported`);
  return /** @type {Handler} */ (handler);
}

/** @param {unknown} from @returns {unknown} */
function pick(from) {
  /** @type {unknown} */
  let value = from;
  for (const key of exportName.split("."))
    value = /** @type {Record<string, unknown> | undefined} */ (value)?.[key];
  return value;
}

/**
 * A handler answers with a promise or, if it takes a third argument, by its callback.
 * @param {Handler} handler @param {unknown} event @param {object} context @returns {Promise<unknown>}
 */
function run(handler, event, context) {
  return new Promise((resolve, reject) => {
    const answer = handler(event, context, (error, value) => {
      if (error === null || error === undefined) resolve(value);
      else reject(error);
    });
    if (answer instanceof Promise || handler.length < 3) resolve(answer);
  });
}

/** @param {Handler} handler @param {{ id: string, event: string, deadline: number }} invocation */
async function invoke(handler, { id, event, deadline }) {
  requestId = id;
  try {
    const answer = await run(handler, JSON.parse(event), {
      awsRequestId: id,
      callbackWaitsForEmptyEventLoop: true,
      functionName: fixed.functionName,
      functionVersion: "$LATEST",
      invokedFunctionArn: fixed.arn,
      logGroupName: `/aws/lambda/${fixed.functionName}`,
      logStreamName: fixed.logStreamName,
      memoryLimitInMB: String(fixed.memoryMb),
      ...(fixed.tenantId !== undefined && { tenantId: fixed.tenantId }),
      getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    });
    // JSON.stringify gives undefined for what JSON has no form for, whatever its type says.
    const json = /** @type {string | undefined} */ (JSON.stringify(answer));
    post({ type: "answer", id, json: json ?? "null" });
  } catch (thrown) {
    post({ type: "failure", id, ...failure(thrown) });
  }
}

try {
  const handler = await load();
  port.on("message", (/** @type {{ id: string, event: string, deadline: number }} */ invocation) => {
    void invoke(handler, invocation);
  });
  post({ type: "ready" });
} catch (thrown) {
  post({ type: "init-failure", ...failure(thrown) });
}
