import { control, isTrue, oneOf } from "../support/control.ts";

export const trailWhole = control({
  name: "trail-whole",
  description: "The audit trail covers every region, and nobody can alter its files unseen.",
  severity: "high",
  remediation: "Set isMultiRegionTrail, enableLogFileValidation, includeGlobalServiceEvents and kmsKeyId.",
  of: ["aws:cloudtrail/trail:Trail"],
  judge: (trail) => {
    trail.must("isMultiRegionTrail", isTrue, "does not cover every region");
    trail.must("enableLogFileValidation", isTrue, "has files that can be altered unseen");
    trail.must("enableLogging", oneOf(true, undefined), "is stopped");
    trail.refers("kmsKeyId", "is under a key of AWS's own: no kmsKeyId");
  },
});
