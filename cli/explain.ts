import { Command, InvalidArgumentError } from "commander";
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { ACCOUNT_FILE } from "../local/account/account.ts";
import { defaultPlace } from "../local/paths.ts";
import { Unanswerable } from "./explain/errors.ts";
import type { Asked } from "./explain/index.ts";

interface Options {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly tag: Readonly<Record<string, string>>;
  readonly context: Readonly<Record<string, string | readonly string[]>>;
  readonly json: boolean;
}

const EXAMPLES = `
PRINCIPAL is a role's ARN or name, a session's ARN, a service (s3.amazonaws.com) or anonymous.
RESOURCE is an ARN; for an index, as the decision log names it: index/STORE/INDEX.

Examples:
  May acme's role, in a session for acme, read this object? S3 then asks for the key on its behalf: a decision of its own.
    bulkhead explain --principal bulkhead.local.data.acme --tag tenant_id=acme \\
      --action s3:GetObject --resource arn:aws:s3:::bulkhead-local-111122223333-acme/acme/claims.md
  May the broker take on acme's role for globex?
    bulkhead explain --principal bulkhead.local.fn.broker --action sts:TagSession \\
      --resource arn:aws:iam::111122223333:role/bulkhead.local.data.acme --context aws:RequestTag/tenant_id=globex
  What does OpenSearch itself say to a search of a pooled tenant's index?
    bulkhead explain --principal bulkhead.local.data.cobalt-marine --tag tenant_id=cobalt-marine \\
      --action es:ESHttpPost --resource arn:aws:es:us-east-1:111122223333:domain/bulkhead-local/kb.cobalt-marine/_search

It reads the account in .bulkhead/local (BULKHEAD_ACCOUNT: another folder), whether it is being served or not, and
changes nothing. Exit code: 0 allowed, 1 denied, 2 can't be judged.`;

/** `bulkhead explain`: one decision, layer by layer, with its statements. */
export function explainCommand(): Command {
  return new Command("explain")
    .description("explain one decision of the deployed policies, layer by layer, with its statements")
    .requiredOption("--principal <principal>", "who asks")
    .requiredOption("--action <action>", "what: s3:GetObject")
    .requiredOption("--resource <arn>", "on what")
    .option("--tag <key=value>", "a session tag; may be given again", collectTag, {})
    .option(
      "--context <key=value>",
      "a condition key of the request; a key that is given again has several values",
      collectContext,
      {},
    )
    .option("--json", "the answer as JSON", false)
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(bulkhead explain --help has examples)")
    .exitOverride((error) => {
      // What can't be read can't be judged; help is no fault.
      process.exit(error.exitCode === 0 ? 0 : 2);
    })
    .action(async (options: Options) => {
      process.exitCode = await run(options);
    });
}

async function run({ principal, action, resource, tag, context, json }: Options): Promise<number> {
  const asked: Asked = { principal, action, resource, tags: tag, context };
  try {
    const { folder } = defaultPlace("local");
    if (!existsSync(join(folder, ACCOUNT_FILE)))
      throw new Unanswerable(
        `There is no account in ${folder}. Make one by npm start, or name another folder by BULKHEAD_ACCOUNT.`,
      );
    // Loaded now: the other commands need none of the gateway.
    const [{ answerFrom }, { print }] = await Promise.all([
      import("./explain/index.ts"),
      import("./explain/print.ts"),
    ]);
    const answer = await answerFrom(folder, asked);
    process.stdout.write(json ? `${JSON.stringify(answer, undefined, 2)}\n` : print(answer));
    return answer.allowed ? 0 : 1;
  } catch (error) {
    if (!(error instanceof Unanswerable)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

function pair(text: string): [key: string, value: string] {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("expected KEY=VALUE");
  return [text.slice(0, at), text.slice(at + 1)];
}

function collectTag(
  text: string,
  before: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const [key, value] = pair(text);
  if (Object.keys(before).some((each) => each.toLowerCase() === key.toLowerCase()))
    throw new InvalidArgumentError(`the tag ${key} is given twice`);
  return { ...before, [key]: value };
}

function collectContext(text: string, before: Options["context"]): Options["context"] {
  const [key, value] = pair(text);
  const known = before[key];
  return {
    ...before,
    [key]: known === undefined ? value : [...(typeof known === "string" ? [known] : known), value],
  };
}
