import { control } from "../support/control.ts";

export const cloudfrontFirewall = control({
  name: "cloudfront-firewall",
  description: "A firewall is before every distribution.",
  severity: "medium",
  remediation: "Set webAclId.",
  controls: ["CloudFront.6"],
  of: ["aws:cloudfront/distribution:Distribution"],
  judge: (distribution) => {
    distribution.refers("webAclId", "has no web ACL");
  },
});
