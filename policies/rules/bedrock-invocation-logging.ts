import { isTrue, Subject } from "../support/control.ts";
import { isEmbedded } from "../support/place.ts";
import { rule } from "../support/rule.ts";

/** What models were asked and answered is otherwise nowhere. */
export const bedrockInvocationLogging = rule({
  name: "bedrock-invocation-logging",
  description: "Where models are used, Bedrock logs what they were asked and what they answered.",
  severity: "medium",
  remediation:
    "Give the stack an aws.bedrockmodel.InvocationLoggingConfiguration with a log group and text delivery.",
  validate: ({ stack }, report) => {
    const used = stack.of([
      "aws:bedrock/inferenceProfile:InferenceProfile",
      "aws:bedrock/guardrail:Guardrail",
    ]);
    if (isEmbedded(stack) || used.length === 0) return;
    const [logging] = stack.of([
      "aws:bedrockmodel/invocationLoggingConfiguration:InvocationLoggingConfiguration",
    ]);
    if (!logging) {
      report("models are used, and nothing logs what they are asked");
      return;
    }
    const subject = new Subject(logging, report);
    subject.must("loggingConfig.textDataDeliveryEnabled", isTrue, "does not log what models are asked");
    const goals = ["cloudwatchConfig", "s3Config"].map((goal) => subject.get(`loggingConfig.${goal}`));
    const comes = (logging.propertyDependencies["loggingConfig"] ?? []).length > 0;
    if (goals.some((goal) => (goal.known ? typeof goal.value === "object" && goal.value !== null : comes)))
      return;
    subject.fault(
      goals.every(({ known }) => known)
        ? "has nowhere to log to"
        : "not proven: where it logs to is not known before deployment",
    );
  },
});
