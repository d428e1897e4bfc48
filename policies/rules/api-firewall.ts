import { control } from "../support/control.ts";

export const apiFirewall = control({
  name: "api-firewall",
  description: "A firewall is before every stage of the API.",
  severity: "high",
  remediation: "Associate a web ACL with the stage (aws.wafv2.WebAclAssociation).",
  controls: ["APIGateway.4"],
  of: ["aws:apigateway/stage:Stage"],
  notLocal: true,
  judge: (stage, input) => {
    stage.only(
      input,
      { types: ["aws:wafv2/webAclAssociation:WebAclAssociation"], property: "resourceArn", what: "web ACL" },
      stage.names("arn"),
    );
  },
});
