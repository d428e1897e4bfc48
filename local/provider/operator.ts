/** Calls to the account's services, signed as the role that deploys. */
import { DEPLOYER_ROLE, LOCAL_ACCOUNT, LOCAL_PARTITION } from "../account/identity.ts";
import { AwsError } from "../gateway/contract.ts";
import type { Gateway, Reply, Session } from "../gateway/contract.ts";
import { isObject, text } from "./values.ts";

/** A session is renewed when it has less than this left, in milliseconds. */
const RENEW_BEFORE = 60_000;

export interface S3Request {
  readonly method: "GET" | "PUT" | "DELETE";
  readonly bucket: string;
  readonly key?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export class Operator {
  readonly gateway: Gateway;
  #session: Session | undefined;

  constructor(gateway: Gateway) {
    this.gateway = gateway;
  }

  /** @throws AwsError what DynamoDB refused. */
  async dynamodb(operation: string, input: unknown): Promise<unknown> {
    const reply = await this.gateway.call({
      service: "dynamodb",
      method: "POST",
      rawPath: "/",
      headers: {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": `DynamoDB_20120810.${operation}`,
      },
      body: Buffer.from(JSON.stringify(input)),
      session: this.#current(),
    });
    return JSON.parse(bodyOf(succeeded(reply))) as unknown;
  }

  /** @returns the body. @throws AwsError what S3 refused. */
  async s3(request: S3Request): Promise<{ headers: Readonly<Record<string, string>>; body: string }> {
    const key = request.key === undefined ? "" : `/${request.key.split("/").map(escaped).join("/")}`;
    const reply = await this.gateway.call({
      service: "s3",
      method: request.method,
      rawPath: `/${request.bucket}${key}`,
      rawQuery: request.query ?? "",
      headers: request.headers ?? {},
      body: request.body ?? Buffer.alloc(0),
      session: this.#current(),
    });
    return { headers: succeeded(reply).headers ?? {}, body: bodyOf(reply) };
  }

  #current(): Session {
    if (!this.#session || this.#session.expiresAt - Date.now() < RENEW_BEFORE) {
      const role = `arn:${LOCAL_PARTITION}:iam::${LOCAL_ACCOUNT}:role/${DEPLOYER_ROLE}`;
      this.#session = this.gateway.issueSession(role, "pulumi");
    }
    return this.#session;
  }
}

/** S3's path encoding: as encodeURIComponent, and the four marks that it leaves alone. */
function escaped(part: string): string {
  return encodeURIComponent(part).replaceAll(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const bodyOf = (reply: Reply): string => reply.body?.toString() ?? "";

function succeeded(reply: Reply): Reply {
  if (reply.status < 400) return reply;
  const { code, message } = refusal(bodyOf(reply));
  throw new AwsError(code || `HTTP ${reply.status}`, message || "refused without a message", reply.status);
}

/** AWS answers in JSON (`__type`, `message`) or in XML (`<Code>`, `<Message>`), by service. */
function refusal(body: string): { code: string; message: string } {
  if (body.trimStart().startsWith("<")) {
    return { code: element(body, "Code"), message: element(body, "Message") };
  }
  try {
    const fault: unknown = JSON.parse(body);
    if (!isObject(fault)) return { code: "", message: body };
    const code = text(fault, "__type");
    return {
      code: code.slice(code.lastIndexOf("#") + 1),
      message: text(fault, "message") || text(fault, "Message"),
    };
  } catch {
    return { code: "", message: body };
  }
}

/** The text of the first element of this name in one of AWS's flat XML answers. */
export function element(xml: string, name: string): string {
  return elements(xml, name)[0] ?? "";
}

export function elements(xml: string, name: string): string[] {
  return Array.from(xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g")), (match) =>
    (match[1] ?? "").replaceAll(
      /&(?:(lt|gt|quot|apos|amp)|#(\d+)|#x([0-9a-f]+));/gi,
      (_entity, name?: string, decimal?: string, hexadecimal?: string) =>
        name === undefined
          ? String.fromCodePoint(decimal === undefined ? parseInt(hexadecimal ?? "", 16) : Number(decimal))
          : (ENTITIES[name] ?? ""),
    ),
  );
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
