import { control, oneOf } from "../support/control.ts";

export const cloudfrontLogged = control({
  name: "cloudfront-logged",
  description: "Distributions log who asked for what.",
  severity: "medium",
  remediation:
    "Deliver ACCESS_LOGS of the distribution (aws.cloudwatch.LogDeliverySource and LogDelivery), or set loggingConfig.",
  controls: ["CloudFront.5"],
  of: ["aws:cloudfront/distribution:Distribution"],
  judge: (distribution, input) => {
    const inside = distribution.keys("loggingConfig");
    if (inside.known && inside.value.length > 0) return;
    const source = distribution.only(
      input,
      {
        types: ["aws:cloudwatch/logDeliverySource:LogDeliverySource"],
        property: "resourceArn",
        what: "log of requests",
      },
      distribution.names("arn"),
    );
    if (!source?.must("logType", oneOf("ACCESS_LOGS"), "has no log of requests, but another one")) return;
    source.only(
      input,
      {
        types: ["aws:cloudwatch/logDelivery:LogDelivery"],
        property: "deliverySourceName",
        what: "delivery of its log",
      },
      source.names("name"),
    );
  },
});
