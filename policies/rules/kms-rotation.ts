import { control, isTrue } from "../support/control.ts";

export const kmsRotation = control({
  name: "kms-rotation",
  description: "Keys get new key material every year.",
  severity: "medium",
  remediation: "Set enableKeyRotation.",
  controls: ["KMS.4"],
  of: ["aws:kms/key:Key"],
  judge: (key) => {
    key.must("enableKeyRotation", isTrue, "is not rotated");
  },
});
