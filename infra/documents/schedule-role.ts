import { platformNames, type Place } from "../../runtime/contract/names.ts";
import { policy } from "../../tenants/documents/policy.ts";

/** EventBridge Scheduler, for the schedules of this environment alone. */
export function scheduleTrust(place: Place): string {
  return policy({
    Sid: "Schedules",
    Effect: "Allow",
    Principal: { Service: "scheduler.amazonaws.com" },
    Action: "sts:AssumeRole",
    Condition: {
      StringEquals: {
        "aws:SourceAccount": place.account,
        "aws:SourceArn": platformNames(place).scheduleGroupArn,
      },
    },
  });
}

export function canarySchedulePolicy(place: Place): string {
  return policy({
    Sid: "RunCanary",
    Effect: "Allow",
    Action: "lambda:InvokeFunction",
    Resource: platformNames(place).functionArn("canary"),
  });
}
