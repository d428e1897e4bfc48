import { platformNames, type AsyncFunctionName, type Place } from "../../runtime/contract/names.ts";
import { policy, serviceTrust } from "../../tenants/documents/policy.ts";
import { keepFailedEvents } from "./function-roles.ts";

/** EventBridge Scheduler, for the schedules of one group of this environment. */
export function scheduleTrust(place: Place, groupArn: string): string {
  return serviceTrust(place.account, "scheduler.amazonaws.com", groupArn);
}

/** Runs one function, and keeps what could not be run. */
export function schedulePolicy(place: Place, fn: AsyncFunctionName): string {
  return policy(
    {
      Sid: "RunFunction",
      Effect: "Allow",
      Action: "lambda:InvokeFunction",
      Resource: platformNames(place).functionArn(fn),
    },
    keepFailedEvents(place, fn),
  );
}
