/** How AWS's protocols write an error. */
import type { AwsError, Reply } from "./contract.ts";

/** `s3`: bare XML; `query`: XML of STS and its like; `json`: JSON with the code in header and body. */
export type Protocol = "s3" | "query" | "json";

/** The protocol of a service, or, for a request that names none, what its headers look like. */
export function protocolOf(service: string, headers: Readonly<Record<string, string>>): Protocol {
  if (service === "s3") return "s3";
  if (service === "sts") return "query";
  if (service !== "") return "json";
  const type = headers["content-type"] ?? "";
  if (headers["x-amz-target"] !== undefined || type.includes("json")) return "json";
  return type.startsWith("application/x-www-form-urlencoded") ? "query" : "s3";
}

export function errorReply(protocol: Protocol, error: AwsError, requestId: string): Reply {
  const { message, status } = error;
  // What the evaluator refuses has one name here and two on AWS.
  const code = protocol === "json" && error.code === "AccessDenied" ? "AccessDeniedException" : error.code;
  switch (protocol) {
    case "json":
      return {
        status,
        headers: {
          "content-type": "application/json",
          "x-amzn-errortype": code,
          "x-amzn-requestid": requestId,
        },
        body: JSON.stringify({ __type: code, message }),
      };
    case "query":
      return {
        status,
        headers: { "content-type": "text/xml", "x-amzn-requestid": requestId },
        body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>${tag("Code", code)}${tag("Message", message)}</Error>${tag("RequestId", requestId)}</ErrorResponse>`,
      };
    case "s3":
      return {
        status,
        headers: { "content-type": "application/xml", "x-amz-request-id": requestId },
        body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${tag("Code", code)}${tag("Message", message)}${tag("RequestId", requestId)}</Error>`,
      };
  }
}

/** `<name>text</name>`, the text escaped. */
export function tag(name: string, text: string | number | boolean): string {
  return `<${name}>${escapeXml(String(text))}</${name}>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** Control characters become character references, as S3 writes them: a raw one would change or break the document. */
export function escapeXml(text: string): string {
  return text.replace(
    // eslint-disable-next-line no-control-regex -- they are what must not pass unescaped
    /[&<>"'\u0000-\u001f\u007f-\u009f]/g,
    (character) => ENTITIES[character] ?? `&#x${character.charCodeAt(0).toString(16)};`,
  );
}
