import { control, isText } from "../support/control.ts";

/** Execution logs (APIGateway.1) are another matter: they hold headers and bodies, and so tokens and questions. */
export const apiLogged = control({
  name: "api-logged",
  description: "Stages of the API log who asked for what.",
  severity: "medium",
  remediation: "Set accessLogSettings with a log group and a format.",
  controls: ["APIGateway.9"],
  of: ["aws:apigateway/stage:Stage"],
  judge: (stage) => {
    stage.refers("accessLogSettings.destinationArn", "logs no requests");
    stage.must("accessLogSettings.format", isText, "logs no requests: no format");
  },
});
