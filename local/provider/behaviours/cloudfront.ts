import { AwsError } from "../../gateway/contract.ts";
import type { Behaviours } from "../behaviour.ts";
import { LOWER, UPPER, characters } from "../ids.ts";
import { text } from "../values.ts";

const WEB_ACL = "aws:wafv2/webAcl:WebAcl";

/** Alias records name it for every distribution. */
const HOSTED_ZONE = "Z2FDTNDATAQYW2";

export const cloudfront: Behaviours = {
  "aws:cloudfront/distribution:Distribution": {
    id: (_inputs, seed) => `E${characters(seed, UPPER, 13)}`,
    verify: ({ account, inputs }) => {
      const acl = text(inputs, "webAclId");
      if (acl !== "" && !account.resources(WEB_ACL).some(({ outputs }) => outputs["arn"] === acl))
        throw new AwsError("InvalidWebACLId", `Web ACL is not accessible by the requester: ${acl}`, 400);
    },
    outputs: ({ id }) => ({
      domainName: `d${characters(`${id} host`, LOWER, 13)}.cloudfront.net`,
      hostedZoneId: HOSTED_ZONE,
      status: "Deployed",
    }),
  },
};
