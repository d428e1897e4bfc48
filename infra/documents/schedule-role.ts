import { platformNames, type FunctionName, type Place } from "../../runtime/contract/names.ts";
import { policy, serviceTrust } from "../../tenants/documents/policy.ts";

/** EventBridge Scheduler, for the schedules of one group of this environment. */
export function scheduleTrust(place: Place, groupArn: string): string {
  return serviceTrust(place.account, "scheduler.amazonaws.com", groupArn);
}

/** Runs one function. */
export function schedulePolicy(place: Place, fn: FunctionName): string {
  return policy({
    Sid: "RunFunction",
    Effect: "Allow",
    Action: "lambda:InvokeFunction",
    Resource: platformNames(place).functionArn(fn),
  });
}
