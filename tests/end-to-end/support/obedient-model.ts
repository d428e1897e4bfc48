import type { ToolUse } from "../../../local/gateway/model/tool-choice.ts";
import { ScriptedModel, textOf, type Asked, type Reply } from "../../runtime/support/scripted-model.ts";

/** A model that has been talked into everything: uses the tools it is told to, all at once, and then repeats all that it was shown. */
export function obedientModel(uses: readonly ToolUse[], seen: (text: string) => void): ScriptedModel {
  return new ScriptedModel((asked, turn): Reply => {
    seen(shownTo(asked));
    return turn === 0 ? { tools: uses } : { text: repeated(asked) };
  });
}

/** Everything that a model could repeat. */
export function shownTo(asked: Asked): string {
  const { systemPrompt, toolSpecs } = asked.options ?? {};
  return [JSON.stringify(systemPrompt), JSON.stringify(toolSpecs), textOf(asked)].join("\n");
}

/** Each passage under its own marker, so that all of it counts as an answer. */
function repeated(asked: Asked): string {
  const all = shownTo(asked);
  const markers = [...all.matchAll(/<passage id="(\d+)">/g)].map(([, id]) => `[${id ?? ""}]`);
  return `${all.replaceAll("NO_ANSWER", "no answer")} ${[...new Set(markers)].join("")}`;
}
