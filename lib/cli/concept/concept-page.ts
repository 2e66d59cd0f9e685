import { html, type Markup } from '../report/html/markup.ts';
import { contents, framedPage, type Section, sectionMarkup } from '../report/html/page-frame.ts';
import { table } from '../report/html/tables.ts';
import { type Block, type Content, type Inline, inlinesOf } from './blocks.ts';

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');

const inline = (piece: Inline): Markup => {
  if (typeof piece === 'string') return html`${oneLine(piece)}`;
  return 'strong' in piece
    ? html`<strong>${oneLine(piece.strong)}</strong>`
    : html`<a href="#${piece.to}">${oneLine(piece.text)}</a>`;
};

const line = (content: Content): Markup => html`${inlinesOf(content).map(inline)}`;

/** In one element: on a narrow screen, the parts of a cell would move apart. */
const cell = (content: Content): Markup => html`<span>${line(content)}</span>`;

const blockMarkup = (block: Exclude<Block, { readonly level: 2 }>): Markup => {
  switch (block.kind) {
    case 'heading':
      return html`<h3 id="${block.id}">${oneLine(block.text)}</h3>
`;
    case 'paragraph':
      return html`<p>${line(block.content)}</p>
`;
    case 'list':
      return html`<ul>${block.items.map((item) => html`<li>${line(item)}</li>`)}</ul>
`;
    case 'table':
      return html`<div class="text">${table({ about: block.about, columns: block.columns, rows: block.rows.map((row) => row.map(cell)) })}</div>
`;
  }
};

/** The blocks before the first section, and the sections with their blocks. */
const sectionsOf = (blocks: readonly Block[]): { readonly intro: Markup; readonly sections: readonly Section[] } => {
  const intro: Markup[] = [];
  const sections: (Omit<Section, 'content'> & { readonly parts: Markup[] })[] = [];
  for (const block of blocks) {
    if (block.kind === 'heading' && block.level === 2) sections.push({ id: block.id, title: block.text, parts: [] });
    else (sections.at(-1)?.parts ?? intro).push(blockMarkup(block as Exclude<Block, { readonly level: 2 }>));
  }
  return {
    intro: html`${intro}`,
    sections: sections.map(({ id, title, parts }) => ({ id, title, content: html`${parts}` })),
  };
};

/**
 * A document as one HTML file, without scripts, and without anything from elsewhere. Same blocks, same bytes.
 * @param blocks every text in them is shown as text, whatever it contains.
 */
export const conceptPage = (title: string, blocks: readonly Block[]): string => {
  const { intro, sections } = sectionsOf(blocks);
  return framedPage(
    title,
    html`<header><h1 class="document">${title}</h1>
${intro}${contents(sections)}</header>
<main>
${sections.map(sectionMarkup)}</main>`,
  );
};
