/** Messages of standard queues: delivered at least once, hidden while someone works on them, dropped when their time is over. */
import { createHash, randomUUID } from "node:crypto";
import type { Account, Table } from "../../account/account.ts";
import { AwsError } from "../contract.ts";
import type { Queue } from "./sqs-queue.ts";

export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string | undefined;
  /** Base64 */
  readonly BinaryValue?: string | undefined;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

export interface Message {
  readonly id: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  /** Milliseconds since the epoch, as all times here. */
  readonly sentAt: number;
  readonly visibleAt: number;
  readonly receives: number;
  readonly firstReceivedAt?: number;
  /** Of the newest receipt. */
  readonly nonce?: string;
}

export interface Counts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

export class Messages {
  /** By `<queue>/<time sent>-<id>`. */
  readonly #table: Table<Message>;

  constructor(account: Account) {
    this.#table = account.table("sqs-messages");
  }

  send(queue: Queue, body: string, attributes: MessageAttributes, delaySeconds: number): Message {
    const sentAt = Date.now();
    const id = randomUUID();
    const message = { id, body, attributes, sentAt, visibleAt: sentAt + delaySeconds * 1000, receives: 0 };
    this.#table.put(`${queue.name}/${String(sentAt).padStart(15, "0")}-${id}`, message);
    return message;
  }

  /** The oldest visible ones, now hidden, each with its receipt handle. */
  receive(queue: Queue, most: number, visibilitySeconds: number): { message: Message; handle: string }[] {
    const now = Date.now();
    const received = [];
    for (const [key, message] of this.#kept(queue)) {
      if (received.length === most) break;
      if (message.visibleAt > now) continue;
      const nonce = randomUUID();
      const taken: Message = {
        ...message,
        nonce,
        receives: message.receives + 1,
        firstReceivedAt: message.firstReceivedAt ?? now,
        visibleAt: now + visibilitySeconds * 1000,
      };
      this.#table.put(key, taken);
      received.push({ message: taken, handle: Buffer.from(`${key}\n${nonce}`).toString("base64url") });
    }
    return received;
  }

  /** An older receipt of a message that was received again deletes nothing. @throws AwsError ReceiptHandleIsInvalid */
  delete(queue: Queue, handle: string): void {
    const [key = "", nonce] = Buffer.from(handle, "base64url").toString("utf8").split("\n");
    if (nonce === undefined || !key.startsWith(`${queue.name}/`))
      throw new AwsError("ReceiptHandleIsInvalid", "The specified receipt handle isn't valid.", 404);
    if (this.#table.get(key)?.nonce === nonce) this.#table.delete(key);
  }

  count(queue: Queue): Counts {
    const now = Date.now();
    const all = this.#kept(queue).map(([, message]) => message);
    const hidden = all.filter(({ visibleAt }) => visibleAt > now);
    const delayed = hidden.filter(({ receives }) => receives === 0).length;
    return { visible: all.length - hidden.length, inFlight: hidden.length - delayed, delayed };
  }

  /** Those within the queue's retention; others go. */
  #kept(queue: Queue): [key: string, message: Message][] {
    const oldest = Date.now() - queue.messageRetentionSeconds * 1000;
    const kept: [key: string, message: Message][] = [];
    for (const [key, message] of [...this.#table.entries(`${queue.name}/`)]) {
      if (message.sentAt < oldest) this.#table.delete(key);
      else kept.push([key, message]);
    }
    return kept;
  }
}

/** Deletes all messages of a queue that is no more. */
export function dropMessages(account: Account, queueName: string): void {
  const table = account.table<Message>("sqs-messages");
  for (const [key] of [...table.entries(`${queueName}/`)]) table.delete(key);
}

export const md5 = (content: string | Buffer): string => createHash("md5").update(content).digest("hex");

/** Source: SQS Developer Guide, "Calculating the MD5 message digest for message attributes". */
export function md5OfAttributes(attributes: MessageAttributes): string {
  const sized = (bytes: Buffer): Buffer[] => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(bytes.length);
    return [size, bytes];
  };
  const parts = Object.entries(attributes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, { DataType, StringValue, BinaryValue }]) => [
      ...sized(Buffer.from(name)),
      ...sized(Buffer.from(DataType)),
      Buffer.from([BinaryValue === undefined ? 1 : 2]),
      ...sized(
        BinaryValue === undefined ? Buffer.from(StringValue ?? "") : Buffer.from(BinaryValue, "base64"),
      ),
    ]);
  return md5(Buffer.concat(parts));
}
