import { control, isText } from "../support/control.ts";

export const cloudfrontRootObject = control({
  name: "cloudfront-root-object",
  description: "A distribution has a default root object: its origin does not list what it has.",
  severity: "high",
  remediation: "Set defaultRootObject.",
  controls: ["CloudFront.1"],
  of: ["aws:cloudfront/distribution:Distribution"],
  judge: (distribution) => {
    distribution.must("defaultRootObject", isText, "has no default root object");
  },
});
