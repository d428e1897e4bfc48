import { setTimeout as sleep } from "node:timers/promises";

/** How often what takes time on AWS is looked at again. */
export interface Wait {
  readonly seconds: number;
  /** Default 5. */
  readonly everySeconds?: number;
}

/** What was waited for did not come in its time. */
export class NotInTime extends Error {
  override readonly name = "NotInTime";
}

/**
 * Repeats `look` until it answers something other than undefined.
 * @throws NotInTime naming `what` and the last reason, once the time is over
 */
export async function waitFor<T>(
  what: string,
  wait: Wait,
  look: () => Promise<T | string>,
): Promise<Exclude<T, string>> {
  const end = Date.now() + wait.seconds * 1000;
  for (;;) {
    const found = await look();
    if (typeof found !== "string") return found as Exclude<T, string>;
    if (Date.now() >= end) throw new NotInTime(`${what}: not within ${wait.seconds} s: ${found}`);
    await sleep(Math.min((wait.everySeconds ?? 5) * 1000, Math.max(0, end - Date.now())));
  }
}
