import { control } from "../support/control.ts";

export const bedrockGuardrail = control({
  name: "bedrock-guardrail",
  description: "The guardrail recognises attacks on the prompt.",
  severity: "high",
  remediation: "Give the guardrail a content filter PROMPT_ATTACK with inputStrength HIGH.",
  of: ["aws:bedrock/guardrail:Guardrail"],
  judge: (guardrail) => {
    const filters = guardrail.known("contentPolicyConfig.filtersConfigs");
    const listed = (filters?.value ?? []) as { readonly type?: unknown; readonly inputStrength?: unknown }[];
    if (
      filters &&
      !listed.some(({ type, inputStrength }) => type === "PROMPT_ATTACK" && inputStrength === "HIGH")
    )
      guardrail.fault("does not look for attacks on the prompt");
  },
});
