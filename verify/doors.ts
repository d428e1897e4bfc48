/** Payloads that name a tenant where a function takes none: what the broker is asked with, and whose events ingestion believes. */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { platformNames, tenantNames } from "../runtime/contract/names.ts";
import { askBroker } from "./callers.ts";
import type { Attempted } from "./outcome.ts";
import type { Stage } from "./stage.ts";

const ABOUT = { group: "functions", layer: "identity and routing", expected: "refused" } as const;

/** Invokes both functions as the operator: whoever else may not invoke them at all, which other attacks show. */
export async function runDoors(stage: Stage): Promise<Attempted[]> {
  const { attacker, named, target } = stage;
  const victim = named.other?.find(({ active }) => active) ?? named.prefix?.[0];
  if (!victim || attacker.token === undefined) return [];
  const token = attacker.token;
  const done = [
    await carriedOut(`${attacker.id}, the broker asked for ${victim.id} besides a token`, async () => {
      const control = await askBroker(target, { token });
      if (!control.granted) throw new Error(`its control did not work: ${control.code}`);
      const response = await askBroker(target, { token, tenant_id: victim.id });
      return response.granted ? undefined : `the broker: ${response.code}`;
    }),
  ];
  if (attacker.tier !== "pool") return done;
  const { bucket } = tenantNames(target.place, attacker.id);
  done.push(
    await carriedOut(`${attacker.id}, an event of a bucket that is no tenant's`, async () => {
      const control = await ingest(stage, bucket, attacker.document);
      if (control !== undefined) throw new Error(`its control did not work: ${control}`);
      return ingest(stage, `stranger-${bucket}`, attacker.document);
    }),
  );
  return done;
}

/** @param attempt resolves to what refused; undefined: nothing did */
async function carriedOut(name: string, attempt: () => Promise<string | undefined>): Promise<Attempted> {
  try {
    const by = await attempt();
    return by === undefined
      ? { ...ABOUT, name, actual: "allowed", by: "", faults: ["was allowed"] }
      : { ...ABOUT, name, actual: "refused", by, faults: [] };
  } catch (error) {
    return { ...ABOUT, name, actual: "allowed", by: "", faults: [String(error)] };
  }
}

/** Sends the ingest function an event of S3. @returns why it refused; undefined: it took it */
async function ingest(
  { target, attacker }: Stage,
  bucket: string,
  document: string,
): Promise<string | undefined> {
  const event = {
    Records: [
      {
        eventVersion: "2.1",
        eventSource: "aws:s3",
        awsRegion: target.place.region,
        eventTime: new Date().toISOString(),
        eventName: "ObjectCreated:Put",
        s3: {
          bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
          object: { key: `${attacker.id}/${document}`, size: 1, eTag: "0", sequencer: "0" },
        },
      },
    ],
  };
  const { Payload, FunctionError } = await new LambdaClient(target.operator).send(
    new InvokeCommand({
      FunctionName: platformNames(target.place).functionName("ingest"),
      Payload: Buffer.from(JSON.stringify(event)),
    }),
  );
  const text = Buffer.from(Payload ?? []).toString("utf8");
  if (FunctionError !== undefined) throw new Error(`the ingest function failed: ${text.slice(0, 200)}`);
  const { refusals } = JSON.parse(text) as { readonly refusals: readonly { readonly refused: string }[] };
  return refusals[0] && `the ingest function: ${refusals[0].refused}`;
}
