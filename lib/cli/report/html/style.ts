const DARK = `color-scheme: dark; --ink: #e6edf3; --soft: #a5aeb8; --paper: #0d1117; --panel: #161b22; --edge: #3d444d;
  --good: #56d364; --bad: #ff8a80; --due: #e3b341; --line: #79b8ff; --recent: #1b2a3d; --track: #30363d; --late: #5a4a1e;`;

/** The style of the page: light and dark, on paper, and from 390 pixels on. */
export const STYLE = `
:root { color-scheme: light; --ink: #1b1f24; --soft: #57606a; --paper: #ffffff; --panel: #f6f8fa; --edge: #d0d7de;
  --good: #1a7f37; --bad: #b3261e; --due: #7d5200; --line: #0b5cad; --recent: #e6effa; --track: #d8dee4; --late: #f3dfae; }
@media screen and (prefers-color-scheme: dark) { :root { ${DARK} } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.25rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1rem; font-weight: 600; margin: 0 0 .5rem; color: var(--soft); }
h1.document { font-size: 1.6rem; line-height: 1.25; color: var(--ink); }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; } h3 { font-size: 1rem; margin: 0; } .scroll + h3, .scroll + p { margin-top: 1rem; } p + .cards { margin-top: .75rem; } p { margin: .25rem 0; }
a { color: var(--line); } a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--line);
  outline-offset: 2px; }
.soft { color: var(--soft); } .small { font-size: .875rem; }
.good { color: var(--good); } .bad { color: var(--bad); } .due { color: var(--due); }
.answer { border: 1px solid var(--edge); border-left: .5rem solid currentColor; border-radius: .5rem; padding: 1rem 1.25rem;
  background: var(--panel); }
.answer strong { display: block; font-size: 1.6rem; line-height: 1.25; } .answer p { color: var(--ink); }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(14rem, 100%), 1fr)); gap: .5rem 1.5rem;
  margin: 1rem 0 0; }
dt { font-size: .875rem; color: var(--soft); } dd { margin: 0; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; padding: 0; margin: 1rem 0 0; }
.cards { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fill, minmax(min(21rem, 100%), 1fr)); }
.card { background: var(--panel); border: 1px solid var(--edge); border-radius: .5rem; padding: .75rem 1rem; min-width: 0;
  break-inside: avoid; }
.title { display: flex; gap: .75rem; justify-content: space-between; align-items: baseline; }
.state { flex: none; font-weight: 600; }
blockquote { margin: .5rem 0; padding-left: .75rem; border-left: 3px solid var(--edge); }
.scroll { overflow-x: auto; } h3 + .scroll, p + .scroll { margin-top: .5rem; }
table { border-collapse: collapse; font-size: .875rem; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--edge); vertical-align: top; }
th { color: var(--soft); font-weight: 600; } .right { text-align: right; } td.right { white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
.text td { min-width: 6.5rem; } .text td:first-child { min-width: 8.5rem; } .text + .text { margin-top: 1rem; }
details { margin-top: .5rem; } summary { cursor: pointer; color: var(--soft); font-size: .875rem; }
.card details .scroll { max-height: 20rem; overflow: auto; }
svg { display: block; width: 100%; height: auto; margin: .5rem 0 0; max-width: 34rem; }
svg text { font: 11px system-ui, sans-serif; fill: var(--soft); }
.grid, .tick { stroke: var(--edge); stroke-width: .7; } .limit { stroke: var(--bad); stroke-dasharray: 5 3; }
.line { fill: none; stroke: var(--line); stroke-width: 1.5; } .dot, .bar { fill: var(--line); }
.recent { fill: var(--recent); } .track { fill: var(--track); } .late { fill: var(--late); }
.within { fill: var(--line); } .beyond { fill: var(--due); } .overdue { fill: var(--bad); }
.mark { stroke: var(--ink); stroke-width: 2; }
footer { margin-top: 3rem; border-top: 1px solid var(--edge); padding-top: .75rem; }
@media (max-width: 40rem) {
  body { padding: .75rem; } .answer strong { font-size: 1.3rem; }
  .stacked thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stacked, .stacked tbody, .stacked tr, .stacked td { display: block; width: 100%; }
  .stacked tr { padding: .4rem 0; border-bottom: 1px solid var(--edge); }
  .stacked td { display: flex; justify-content: space-between; gap: 1rem; border: 0; padding: .1rem 0; text-align: right;
    white-space: normal; }
  .stacked td:first-child { font-weight: 600; }
  .stacked td::before { font-weight: 400; content: attr(data-label); color: var(--soft); flex: none; text-align: left; }
}
@media print {
  @page { margin: 15mm; } body { max-width: none; padding: 0; font-size: 10pt; } nav, details { display: none; }
  * { print-color-adjust: exact; } .scroll { overflow: visible; } tr { break-inside: avoid; } h2 { break-after: avoid; }
  .cards { grid-template-columns: 1fr 1fr; }
}
`;
