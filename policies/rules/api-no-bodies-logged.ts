import { control, oneOf } from "../support/control.ts";

export const apiNoBodiesLogged = control({
  name: "api-no-bodies-logged",
  description:
    "The API writes no bodies and headers into its logs: tokens, questions and answers are in them.",
  severity: "high",
  remediation: "Set settings.dataTraceEnabled false and loggingLevel OFF.",
  of: ["aws:apigateway/methodSettings:MethodSettings"],
  judge: (settings) => {
    settings.must(
      "settings.dataTraceEnabled",
      oneOf(false, undefined),
      "logs bodies of requests and answers",
    );
    settings.must(
      "settings.loggingLevel",
      oneOf("OFF", undefined),
      "logs headers of requests, and so tokens",
    );
  },
});
