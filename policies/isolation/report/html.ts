import { html } from "./plain.ts";
import { ablationMatrix, legend, tenantMatrix, wallSymbols } from "./html-matrix.ts";
import { STYLE } from "./html-style.ts";
import { amount, count, facts, findings, headline, QUESTIONS, type Finding } from "./words.ts";
import type { Verdict } from "./verdict.ts";

/** Findings told in full: a page of more is read by nobody. */
const MOST = 200;

/** The verdict as one page that needs nothing but itself: it runs no script and loads nothing, and says so to the browser. */
export function asHtml(verdict: Verdict): string {
  const { proven, environment, exceptions, gaps } = verdict;
  const title = `Isolation of ${environment}: ${proven ? "proven" : "not proven"}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>${html(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${wallSymbols(verdict)}
<main>
<h1>Isolation of environment ${html(environment)}</h1>
${banner(verdict)}
${figures(verdict)}
${found(verdict)}
${
  gaps.length > 0
    ? section(
        "Gaps",
        "What can't be judged is not proven.",
        gaps
          .slice(0, MOST)
          .map(({ urn, what }) => `<div class="card bad"><p>${html(what)}</p><code>${html(urn)}</code></div>`)
          .join("\n"),
      )
    : ""
}
${section(
  "What stands between a tenant and a stranger",
  "Each wall is a layer that refuses a stranger by itself. Tenants that are alike share a row.",
  legend(verdict) + tenantMatrix(verdict),
)}
${section(
  "If one layer fails",
  "What still refuses when a whole layer is gone: the handler names the wrong tenant (1), identity policies and boundaries allow everything (2), or resources' own policies vanish (3).",
  ablationMatrix(verdict),
)}
${
  exceptions.length > 0
    ? section(
        "By design",
        "What may reach tenants' data without a tenant's identity, each with its reason.",
        `<div class="scroll" tabindex="0" role="region" aria-label="Exceptions"><table><thead><tr><th scope="col">who</th><th scope="col">reaches</th><th scope="col">because</th></tr></thead><tbody>${exceptions
          .map(
            ({ principal, reaches, reason }) =>
              `<tr><td><code>${html(principal)}</code></td><td>${html(reaches)}</td><td>${html(reason)}</td></tr>`,
          )
          .join("\n")}</tbody></table></div>`,
      )
    : ""
}
</main>
</body>
</html>
`;
}

const GOOD = `<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true"><path d="M12 2.5 20 6v6c0 4.6-3.3 8.1-8 9.5C7.3 20.1 4 16.6 4 12V6z"/><path d="m8.2 12 2.7 2.7 5-5.4"/></svg>`;
const BAD = `<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true"><path d="M12 2.500 20 6v6c0 4.600-3.300 8.100-8 9.500C7.3 20.1 4 16.6 4 12V6z"/><path d="M12 7.5v5.5M12 16v.6"/></svg>`;

function banner(verdict: Verdict): string {
  const { proven } = verdict;
  const told = proven
    ? "No request with one tenant's identity reaches another tenant's data, and every tenant reaches its own."
    : "Something is wrong, or can't be judged. Nothing of this should be deployed before it is mended.";
  const said = headline(verdict);
  return `<div class="verdict ${proven ? "proven" : "broken"}" role="status">${proven ? GOOD : BAD}<div><strong>${html(said.charAt(0).toUpperCase() + said.slice(1))}</strong><span>${told}</span></div></div>`;
}

function figures({ figures: of, tenants }: Verdict): string {
  const silos = tenants.filter(({ tier }) => tier === "silo").length;
  const told: readonly (readonly [string, string])[] = [
    [count(of.tenants), `tenants: ${count(silos)} silo, ${count(tenants.length - silos)} pool`],
    [count(of.classes), of.classes === 1 ? "class of tenants" : "classes of tenants"],
    [count(of.resources), "resources"],
    [count(of.decisions), "decisions"],
    [count(of.queries), "questions to the solver"],
    [of.seconds.toFixed(1), "seconds"],
  ];
  return `<ul class="figures">${told.map(([value, what]) => `<li><b>${html(value)}</b> <span class="soft">${html(what)}</span></li>`).join("")}</ul>`;
}

function found({ counterexamples }: Verdict): string {
  const all = findings(counterexamples);
  if (all.length === 0) return "";
  const more =
    all.length > MOST
      ? `<p>… and ${html(amount(all.length - MOST, "more finding"))}: mend these first.</p>`
      : "";
  return section(
    "What is wrong",
    `${amount(all.length, "finding")}, each mended at one place.`,
    all.slice(0, MOST).map(card).join("\n") + more,
  );
}

function card(finding: Finding): string {
  const { question, summary } = finding.first;
  const lines = facts(finding);
  const list = lines
    .filter(({ label }) => label !== "do")
    .map(
      ({ label, text, words }) =>
        `<dt>${html(label)}</dt><dd>${words ? html(text) : `<code>${html(text)}</code>`}</dd>`,
    );
  return `<article class="card bad"><span class="kind" title="${html(QUESTIONS[question].asks)}">${html(QUESTIONS[question].title)}</span>
<h3>${html(summary)}</h3><dl>${list.join("\n")}</dl><p class="do"><b>Do</b>${html(finding.first.remedy)}</p></article>`;
}

function section(title: string, told: string, body: string): string {
  return `<section><h2>${html(title)}</h2><p class="soft">${html(told)}</p>${body}</section>`;
}
