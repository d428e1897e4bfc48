import { control, isTrue } from "../support/control.ts";

export const apiTraced = control({
  name: "api-traced",
  description: "Stages of the API are traced.",
  severity: "low",
  remediation: "Set xrayTracingEnabled.",
  controls: ["APIGateway.3"],
  of: ["aws:apigateway/stage:Stage"],
  judge: (stage) => {
    stage.must("xrayTracingEnabled", isTrue, "is not traced");
  },
});
