import type { Behaviour, Behaviours } from "../behaviour.ts";
import { uuid } from "../ids.ts";
import { text } from "../values.ts";

/** ARNs name the scope in their own words. */
const named = (kind: "webacl" | "rulegroup"): Behaviour => ({
  id: (_inputs, seed) => uuid(seed),
  outputs: ({ id, inputs, place }) => {
    const scope = text(inputs, "scope") === "CLOUDFRONT" ? "global" : "regional";
    const path = `${scope}/${kind}/${text(inputs, "name")}/${id}`;
    return { arn: `arn:${place.partition}:wafv2:${place.region}:${place.account}:${path}` };
  },
});

export const wafv2: Behaviours = {
  "aws:wafv2/webAcl:WebAcl": named("webacl"),
  "aws:wafv2/ruleGroup:RuleGroup": named("rulegroup"),
};
