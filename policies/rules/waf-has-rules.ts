import { control, isText } from "../support/control.ts";

export const wafHasRules = control({
  name: "waf-has-rules",
  description: "A web ACL has a rule: without one it is no firewall.",
  severity: "medium",
  remediation: "Add a rule or a rule group.",
  controls: ["WAF.10"],
  of: ["aws:wafv2/webAcl:WebAcl"],
  judge: (acl) => {
    if (acl.items("rules").length > 0) return;
    const text = acl.known("ruleJson");
    if (text && !isText(text.value)) acl.fault("has no rule");
  },
});
