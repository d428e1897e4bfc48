/**
 * A stage's web ACL, as far as it tells requests apart by a header: labels that a rule group puts, and rules that ask for them. Rates
 * and AWS's own rule groups are not evaluated here.
 */
import { z } from "zod";
import type { Account } from "../../account/account.ts";
import { AwsError } from "../contract.ts";
import { writtenRules } from "../services/wafv2.ts";
import type { FrontRequest } from "./event.ts";

const ASSOCIATION_TYPE = "aws:wafv2/webAclAssociation:WebAclAssociation";
const ACL_TYPE = "aws:wafv2/webAcl:WebAcl";
const GROUP_TYPE = "aws:wafv2/ruleGroup:RuleGroup";

const Label = z.object({ labelMatchStatement: z.object({ scope: z.literal("LABEL"), key: z.string() }) });
const Statement = z.union([
  z.object({ ruleGroupReferenceStatement: z.object({ arn: z.string() }) }),
  z.object({ notStatement: z.object({ statement: Label }) }),
  Label,
  z.object({ rateBasedStatement: z.unknown() }),
  z.object({ managedRuleGroupStatement: z.unknown() }),
]);
const Action = z.object({ allow: z.object({}).nullish(), block: z.object({}).nullish() });
const Acl = z.object({
  defaultAction: Action,
  rules: z.array(z.object({ priority: z.number(), statement: Statement, action: Action.nullish() })),
});

/** As the API has it, which the rule group's function writes. */
const Match = z.object({
  ByteMatchStatement: z.object({
    SearchString: z.base64(),
    FieldToMatch: z.object({ SingleHeader: z.object({ Name: z.string() }) }),
    PositionalConstraint: z.literal("EXACTLY"),
    TextTransformations: z.tuple([z.object({ Type: z.literal("NONE") })]),
  }),
});
const Labelling = z.object({
  Statement: z.union([Match, z.object({ OrStatement: z.object({ Statements: z.array(Match) }) })]),
  Action: z.object({ Count: z.object({}) }),
  RuleLabels: z.array(z.object({ Name: z.string() })).default([]),
});

/** Whether the stage's web ACL, if it has one, lets the request in. @throws AwsError naming a rule that is not served */
export function admits(account: Account, stageArn: string, request: Pick<FrontRequest, "headers">): boolean {
  const association = account.find(ASSOCIATION_TYPE, "resourceArn", stageArn);
  if (!association) return true;
  const acl = read(Acl, account.find(ACL_TYPE, "arn", String(association.outputs["webAclArn"]))?.outputs);
  const labels = new Set<string>();
  for (const { statement, action } of acl.rules.toSorted((a, b) => a.priority - b.priority)) {
    if ("ruleGroupReferenceStatement" in statement) {
      for (const label of labelsOf(account, statement.ruleGroupReferenceStatement.arn, request))
        labels.add(label);
      continue;
    }
    const matches =
      "notStatement" in statement
        ? !labels.has(statement.notStatement.statement.labelMatchStatement.key)
        : "labelMatchStatement" in statement && labels.has(statement.labelMatchStatement.key);
    if (matches && action?.block) return false;
    if (matches && action?.allow) return true;
  }
  return !acl.defaultAction.block;
}

/** Labels that a rule group puts on the request, with the group's own prefix. */
function labelsOf(account: Account, arn: string, { headers }: Pick<FrontRequest, "headers">): string[] {
  const group = account.find(GROUP_TYPE, "arn", arn);
  if (!group) throw notServed(`the rule group ${arn}, which is not there`);
  const [, , , , owner = ""] = arn.split(":");
  const prefix = `awswaf:${owner}:rulegroup:${String(group.outputs["name"])}:`;
  return writtenRules(account, group.id).flatMap((rule) => {
    const { Statement: statement, RuleLabels } = read(Labelling, rule);
    const any = "OrStatement" in statement ? statement.OrStatement.Statements : [statement];
    const matches = any.some(({ ByteMatchStatement: { SearchString, FieldToMatch } }) => {
      const value = headers[FieldToMatch.SingleHeader.Name.toLowerCase()];
      return value === Buffer.from(SearchString, "base64").toString("utf8");
    });
    return matches ? RuleLabels.map(({ Name }) => prefix + Name) : [];
  });
}

function read<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw notServed(z.prettifyError(parsed.error));
  return parsed.data;
}

const notServed = (what: string): AwsError =>
  new AwsError("NotImplemented", `A stage's web ACL is not served locally: ${what}`, 501);
