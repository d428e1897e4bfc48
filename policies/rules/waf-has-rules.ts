import { control, isText } from "../support/control.ts";

export const wafHasRules = control({
  name: "waf-has-rules",
  description: "A web ACL has a rule: without one it is no firewall.",
  severity: "medium",
  remediation: "Add a rule or a rule group.",
  controls: ["WAF.10"],
  of: ["aws:wafv2/webAcl:WebAcl"],
  judge: (acl) => {
    const text = acl.get("ruleJson");
    if (text.known && isText(text.value)) return;
    acl.refers("rules", "has no rule");
  },
});
