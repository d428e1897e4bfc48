/** The picture: what stands between each tenant and a stranger, a wall for every layer that refuses. */
import { html } from "./plain.ts";
import {
  ablations,
  amount,
  count,
  judgedLayers,
  kinds,
  removedName,
  LAYERS,
  LAYER_NAMES,
  removals,
  rows,
  type Row,
} from "./words.ts";
import type { Layer, Verdict } from "./verdict.ts";

/** Walls of a cell, drawn once for each set of layers; a cell refers to its set. */
export function wallSymbols(verdict: Verdict): string {
  const shown = judgedLayers(verdict);
  const symbols = Array.from({ length: 2 ** LAYERS.length }, (_, set) => {
    if (setOf(shown.filter((layer) => (set & bitOf(layer)) !== 0)) !== set) return "";
    const walls = shown.map((layer, place) => {
      const style = (set & bitOf(layer)) !== 0 ? `on${LAYERS.indexOf(layer) + 1}` : "off";
      return `<rect class="${style}" x="${2 + place * 10}" y="1.5" width="6" height="17" rx="1.5"/>`;
    });
    return `<symbol id="walls${set}" viewBox="0 0 ${shown.length * 10} 20">${walls.join("")}</symbol>`;
  });
  return `<svg width="0" height="0" aria-hidden="true" style="position:absolute">${symbols.join("")}</svg>`;
}

const bitOf = (layer: Layer): number => 1 << LAYERS.indexOf(layer);

const setOf = (layers: readonly Layer[]): number => layers.reduce((set, layer) => set | bitOf(layer), 0);

const walls = (layers: readonly Layer[]): string =>
  `<svg aria-hidden="true"><use href="#walls${setOf(layers)}"/></svg>`;

export function legend(verdict: Verdict): string {
  const shown = judgedLayers(verdict);
  const each = shown.map((layer) => `<li>${walls([layer])}${html(LAYER_NAMES[layer])}</li>`);
  const dashed = `<li>${walls([])}dashed: that layer has no say there</li>`;
  const unjudged = LAYERS.filter((layer) => !shown.includes(layer)).map(
    (layer) =>
      `<li>${html(LAYER_NAMES[layer])} is code, not policy: attacks test it, and it is no wall here</li>`,
  );
  return `<ul class="legend">${each.join("")}${dashed}${unjudged.join("")}</ul>`;
}

/** Tenants by kinds of resources; each cell shows the layers that refuse a stranger. */
export function tenantMatrix(verdict: Verdict): string {
  const columns = kinds(verdict);
  if (columns.length === 0) return `<p class="soft">No tenant was judged.</p>`;
  const head = columns.map((kind) => `<th scope="col">${html(kind)}</th>`).join("");
  const body = rows(verdict).map(
    (row) =>
      `<tr${row.counterexamples > 0 ? ' class="hit"' : ""}><th scope="row">${who(row)}</th>${columns.map((kind) => cell(row.refusedBy[kind])).join("")}</tr>`,
  );
  return `<div class="scroll" tabindex="0" role="region" aria-label="Which layers refuse a stranger, by tenant">
<table class="walls"><caption class="sr">Which layers refuse a stranger, by tenant and kind of resource</caption>
<thead><tr><th scope="col">tenants</th>${head}</tr></thead><tbody>
${body.join("\n")}
</tbody></table></div>`;
}

function who({ tenants, tier, class: name, counterexamples }: Row): string {
  const [first] = tenants;
  const fault =
    counterexamples > 0
      ? `<span class="note fault">&#10007; ${html(amount(counterexamples, "counterexample"))}</span>`
      : "";
  const kind = `<span class="tier">${html(tier)}, class ${html(name)}</span>`;
  if (tenants.length === 1) return `${html(first?.id ?? "")}<br>${kind}${fault}`;
  const ids = tenants.map(({ id }) => html(id)).join(", ");
  return `<details><summary>${html(count(tenants.length))} tenants</summary><div class="ids">${ids}</div></details>${kind}${fault}`;
}

function cell(layers: readonly Layer[] | undefined): string {
  if (!layers)
    return `<td class="soft"><span aria-hidden="true">&ndash;</span><span class="sr">has none</span></td>`;
  const numbers = LAYERS.flatMap((layer, index) => (layers.includes(layer) ? [index + 1] : []));
  if (numbers.length === 0)
    return `<td class="none">${walls(layers)}<span class="note fault">nothing refuses</span></td>`;
  const told = `${numbers.length === 1 ? "layer" : "layers"} ${numbers.join(", ")} ${numbers.length === 1 ? "refuses" : "refuse"}`;
  return `<td>${walls(layers)}<span class="sr">${told}</span></td>`;
}

/** Resources by what is taken away; each cell says what still refuses. */
export function ablationMatrix(verdict: Verdict): string {
  const columns = removals(verdict);
  const table = ablations(verdict);
  if (table.length === 0) return `<p class="soft">No layer was taken away.</p>`;
  const head = columns.map((removed) => `<th scope="col">${html(removedName(removed))}</th>`).join("");
  const body = table.map(({ resource, tiers, stillRefused }) => {
    const cells = columns.map((removed) => {
      const still = stillRefused[removed];
      if (!still) return "<td></td>";
      if (still.length === 0) return `<td class="nothing">nothing else</td>`;
      return `<td><ul>${still.map((each) => `<li>${html(each)}</li>`).join("")}</ul></td>`;
    });
    return `<tr><th scope="row">${html(resource)}<br><span class="tier">${html(tiers.join(", "))}</span></th>${cells.join("")}</tr>`;
  });
  return `<div class="scroll" tabindex="0" role="region" aria-label="What still refuses when one layer fails">
<table><caption class="sr">What still refuses when one layer fails, by kind of resource</caption>
<thead><tr><th scope="col">resource</th>${head}</tr></thead><tbody>
${body.join("\n")}
</tbody></table></div>`;
}
