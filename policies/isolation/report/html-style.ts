/** The page's style: light and dark, narrow and wide, on paper. Nothing is loaded; what matters is not said by colour alone. */
export const STYLE = `
:root { color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #14202e; --soft: #566273; --line: #d9dee6; --head: #eef1f5;
  --good: #0b6b3a; --good-soft: #e3f4ea; --bad: #a81e1e; --bad-soft: #fdeaea; --warn: #8a5200; --warn-soft: #fff3dc;
  --wall1: #2c6fbb; --wall2: #6a4bb5; --wall3: #0f7f7a; --off: #b9c1cc; }
@media (prefers-color-scheme: dark) { :root {
  --page: #10151c; --card: #19212b; --ink: #e7ecf2; --soft: #a2afbe; --line: #303b49; --head: #212b37;
  --good: #6fd69b; --good-soft: #12301f; --bad: #ff8f8f; --bad-soft: #3a1719; --warn: #f2bd66; --warn-soft: #382a10;
  --wall1: #6ba6ea; --wall2: #ab90ee; --wall3: #4bc0b9; --off: #4a5766; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 1.25rem clamp(.75rem, 3vw, 2rem) 3rem; }
h1 { font-size: 1.05rem; font-weight: 600; color: var(--soft); margin: .25rem 0 .75rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.25rem 0 .35rem; }
h3 { font-size: 1.02rem; margin: 0 0 .75rem; overflow-wrap: anywhere; }
p { margin: .25rem 0 .75rem; max-width: 62rem; }
.soft { color: var(--soft); }
code { font: .86em/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.verdict { display: flex; gap: 1rem; align-items: center; border-radius: .6rem; padding: 1rem 1.25rem; border: 1px solid; }
.verdict svg { flex: none; width: 2.6rem; height: 2.6rem; }
.verdict strong { display: block; font-size: 1.55rem; line-height: 1.25; }
.proven { background: var(--good-soft); border-color: var(--good); color: var(--good); }
.broken { background: var(--bad-soft); border-color: var(--bad); color: var(--bad); }
.verdict span { color: var(--ink); }
.figures { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 1rem 0 0; padding: 0; list-style: none; }
.figures b { font-size: 1.15rem; font-variant-numeric: tabular-nums; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.25rem; margin: .75rem 0; }
.card.bad { border-left: .35rem solid var(--bad); }
.kind { display: inline-block; font-size: .78rem; font-weight: 600; color: var(--bad); background: var(--bad-soft); border-radius: 1rem; padding: .1rem .6rem; margin-bottom: .4rem; }
dl { display: grid; grid-template-columns: 7.5rem 1fr; gap: .25rem 1rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.do { background: var(--warn-soft); border-radius: .4rem; padding: .5rem .75rem; margin: .75rem 0 0; max-width: none; font-weight: 600; overflow-wrap: anywhere; }
.do b { color: var(--warn); margin-right: .5rem; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; margin: .75rem 0; }
.scroll:focus-visible, summary:focus-visible { outline: 3px solid var(--wall1); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .5rem .75rem; text-align: left; vertical-align: middle; border-top: 1px solid var(--line); }
thead th { background: var(--head); border-top: 0; font-size: .86rem; font-weight: 600; white-space: nowrap; }
.walls td, .walls thead th + th { text-align: center; }
.walls thead th { white-space: normal; }
.walls th, .walls td { padding-left: .5rem; padding-right: .5rem; }
.walls tbody th { position: sticky; left: 0; background: var(--card); font-weight: 600; min-width: 10.5rem; max-width: 20rem; overflow-wrap: anywhere; }
.walls thead th:first-child { position: sticky; left: 0; }
.walls td svg { width: 3.3rem; height: 2.2rem; display: block; margin: 0 auto; }
.tier { font-size: .78rem; font-weight: 600; color: var(--soft); white-space: nowrap; }
.note { display: block; font-size: .78rem; font-weight: 600; }
.note.fault { color: var(--bad); } .note.few { color: var(--warn); }
tr.hit th { box-shadow: inset .35rem 0 var(--bad); }
td.none { background: var(--bad-soft); } td.nothing { background: var(--warn-soft); }
.nothing { color: var(--warn); font-weight: 600; }
td ul { margin: 0; padding: 0; list-style: none; font-size: .92rem; }
td li::before { content: "\\2713\\00a0"; color: var(--good); font-weight: 700; }
.legend { display: flex; flex-wrap: wrap; gap: .35rem 1.5rem; padding: 0; margin: .5rem 0; list-style: none; font-size: .92rem; }
.legend li { display: flex; align-items: center; gap: .45rem; }
.legend svg { width: 2.2rem; height: 1.45rem; flex: none; }
.on1 { fill: var(--wall1); } .on2 { fill: var(--wall2); } .on3 { fill: var(--wall3); }
.off { fill: none; stroke: var(--off); stroke-width: 1.4; stroke-dasharray: 2.5 2; }
summary { cursor: pointer; } .ids { font-weight: 400; font-size: .86rem; max-height: 16rem; overflow: auto; color: var(--soft); }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .4rem; }
  .verdict strong { font-size: 1.25rem; } th, td { padding: .45rem .5rem; } .walls tbody th { min-width: 7rem; } }
@media print { :root { color-scheme: light; font-size: 11px; } body { background: #fff; font-size: 1rem; } main { max-width: none; padding: 0; }
  .scroll { overflow: visible; } .card, tr { break-inside: avoid; } h2 { break-after: avoid; } .walls tbody th { position: static; }
  .verdict, td, .kind, .do, thead th { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`;
