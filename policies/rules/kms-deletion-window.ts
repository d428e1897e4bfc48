import { control, oneOf } from "../support/control.ts";

/** The longest that AWS offers, and its default. */
const WINDOW_DAYS = 30;

export const kmsDeletionWindow = control({
  name: "kms-deletion-window",
  description: "A key that is deleted can be kept back for 30 days: what it encrypts is lost with it.",
  severity: "critical",
  remediation: "Set deletionWindowInDays to 30, and enable the key.",
  controls: ["KMS.3"],
  of: ["aws:kms/key:Key"],
  judge: (key) => {
    key.must(
      "deletionWindowInDays",
      oneOf(undefined, WINDOW_DAYS),
      `is gone in less than ${WINDOW_DAYS} days after its deletion`,
    );
    key.must("isEnabled", oneOf(undefined, true), "is disabled: what it encrypts can't be read");
  },
});
