import { statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Account, ResourceRecord } from "../../account/account.ts";
import { LOCAL_ACCOUNT, LOCAL_PARTITION, LOCAL_REGION } from "../../account/identity.ts";
import { AwsError, FUNCTIONS_FOLDER } from "../contract.ts";

/** A deployed function, as far as running it needs. */
export interface FunctionDefinition {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  /** Folder of the unpacked code. */
  readonly folder: string;
  /** As configured: `index.handler`. */
  readonly handler: string;
  /** Absolute path of the file that `handler` names. */
  readonly file: string;
  /** Name of the exported function; dots reach into objects. */
  readonly exportName: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly variables: Readonly<Record<string, string>>;
  /** `reservedConcurrentExecutions`; undefined: not limited. */
  readonly reserved: number | undefined;
  /** Tenant isolation mode: an execution environment serves one tenant, and every invocation names one. */
  readonly perTenant: boolean;
  /** Changes whenever code or configuration does. */
  readonly version: string;
}

export const FUNCTION_TYPE = "aws:lambda/function:Function";

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
/** Name, `ACCOUNT:function:NAME` or ARN, each with an optional `:QUALIFIER`: the forms that Lambda's API takes. */
const REFERENCE =
  /^(?:(?:arn:(?<partition>[a-z-]+):lambda:(?<region>[a-z0-9-]+):)?(?<account>\d{12}):function:)?(?<name>[A-Za-z0-9_-]{1,64})(?::(?<qualifier>[A-Za-z0-9$_-]+))?$/;

const Outputs = z.object({
  name: z.string().regex(NAME),
  role: z.string(),
  handler: z.string(),
  runtime: z.string(),
  timeout: z.number().int().min(1).max(900).nullish(),
  memorySize: z.number().int().min(128).max(10_240).nullish(),
  reservedConcurrentExecutions: z.number().int().min(-1).nullish(),
  tenancyConfig: z.strictObject({ tenantIsolationMode: z.literal("PER_TENANT") }).nullish(),
  packageType: z.string().nullish(),
  layers: z.array(z.string()).nullish(),
  environment: z.object({ variables: z.record(z.string(), z.string()).nullish() }).nullish(),
  code: z.unknown().optional(),
  codeSha256: z.unknown().optional(),
  sourceCodeHash: z.unknown().optional(),
});

/** The plain name in a reference to a function of this account. @throws AwsError if it refers to anything else. */
export function functionName(reference: string): string {
  const parts = REFERENCE.exec(reference)?.groups;
  if (!parts) throw new AwsError("ValidationException", `"${reference}" is not a function's name or ARN`);
  const elsewhere =
    (parts["partition"] ?? LOCAL_PARTITION) !== LOCAL_PARTITION ||
    (parts["region"] ?? LOCAL_REGION) !== LOCAL_REGION ||
    (parts["account"] ?? LOCAL_ACCOUNT) !== LOCAL_ACCOUNT;
  if (elsewhere) throw notFound(reference);
  if (parts["qualifier"] !== undefined && parts["qualifier"] !== "$LATEST")
    throw new AwsError("ResourceNotFoundException", `${reference}: only $LATEST is deployed locally`, 404);
  return parts["name"] ?? "";
}

export function functionArn(name: string): string {
  return `arn:${LOCAL_PARTITION}:lambda:${LOCAL_REGION}:${LOCAL_ACCOUNT}:function:${name}`;
}

/** @throws AwsError if the function is not deployed, or is of a kind that does not run locally. */
export function findFunction(account: Account, reference: string): FunctionDefinition {
  const name = functionName(reference);
  const record = account.find(FUNCTION_TYPE, "name", name);
  if (!record) throw notFound(functionArn(name));
  return define(account, record);
}

function define(account: Account, record: ResourceRecord): FunctionDefinition {
  const parsed = Outputs.safeParse(record.outputs);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw unsupported(record.id, faults.join("; "));
  }
  const of = parsed.data;
  if (!of.runtime.startsWith("nodejs")) throw unsupported(of.name, `runtime ${of.runtime}`);
  if ((of.packageType ?? "Zip") !== "Zip")
    throw unsupported(of.name, `packageType ${String(of.packageType)}`);
  if (of.layers?.length) throw unsupported(of.name, "layers");
  const folder = join(account.folder, FUNCTIONS_FOLDER, of.name);
  const { file, exportName, stamp } = locate(folder, of.name, of.handler);
  const reserved = of.reservedConcurrentExecutions ?? -1;
  return {
    name: of.name,
    arn: functionArn(of.name),
    roleArn: of.role,
    folder,
    handler: of.handler,
    file,
    exportName,
    timeoutMs: (of.timeout ?? 3) * 1000,
    memoryMb: of.memorySize ?? 128,
    variables: of.environment?.variables ?? {},
    reserved: reserved < 0 ? undefined : reserved,
    perTenant: Boolean(of.tenancyConfig),
    version: JSON.stringify([of, stamp]),
  };
}

/** `src/index.handler` is the export `handler` of `src/index.{js,mjs,cjs}`. */
function locate(folder: string, name: string, handler: string) {
  const parts = /^(?<module>(?:[\w-]+\/)*[\w-]+)\.(?<exportName>[\w$]+(?:\.[\w$]+)*)$/.exec(handler)?.groups;
  if (!parts) throw unsupported(name, `handler "${handler}"`);
  for (const extension of ["js", "mjs", "cjs"]) {
    const file = join(folder, `${parts["module"] ?? ""}.${extension}`);
    const found = statSync(file, { throwIfNoEntry: false });
    if (found?.isFile())
      return {
        file,
        exportName: parts["exportName"] ?? "",
        stamp: [file, found.ino, found.mtimeMs, found.size],
      };
  }
  throw new AwsError(
    "ResourceNotFoundException",
    `Function ${name} has no module "${parts["module"] ?? ""}" in its code; deploy it again`,
    404,
  );
}

function notFound(arn: string): AwsError {
  return new AwsError("ResourceNotFoundException", `Function not found: ${arn}`, 404);
}

function unsupported(name: string, what: string): AwsError {
  return new AwsError("NotImplemented", `Function ${name} does not run locally: ${what}`, 501);
}
