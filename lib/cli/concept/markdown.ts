import { printable } from '../output/printable.ts';
import { type Block, type Content, type Inline, inlinesOf } from './blocks.ts';

/** What means something in Markdown or HTML inside of a line, and what would make a link of an address. */
const MEANS_SOMETHING = /[\\`*_[\]<>|&~#@]|:(?=\/\/)|(?<=www)\./gi;

/** A text from elsewhere, on one line, so that Markdown shows it and does nothing else. */
const escaped = (text: string): string =>
  printable(text.replace(/\s+/g, ' ').trim()).replace(MEANS_SOMETHING, String.raw`\$&`);

/** Spaces at the ends of a piece of text separate it from the next one. */
const spaced = (text: string): string => {
  const [before = '', after = ''] = [/^\s/.exec(text)?.[0], /\s$/.exec(text)?.[0]].map((end) => (end ? ' ' : ''));
  return `${before}${escaped(text)}${after}`;
};

const inline = (piece: Inline): string => {
  if (typeof piece === 'string') return spaced(piece);
  return 'strong' in piece ? `**${escaped(piece.strong)}**` : `[${escaped(piece.text)}](#${piece.to})`;
};

const line = (content: Content): string => inlinesOf(content).map(inline).join('').trim();

const row = (cells: readonly Content[]): string => `| ${cells.map(line).join(' | ')} |`;

const blockText = (block: Block): string => {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${escaped(block.text)}`;
    case 'paragraph':
      return line(block.content);
    case 'list':
      return block.items.map((item) => `- ${line(item)}`).join('\n');
    case 'table':
      return [row(block.columns), row(block.columns.map(() => '---')), ...block.rows.map(row)].join('\n');
  }
};

/**
 * A document as Markdown (GitHub's flavour, for its tables).
 * @param blocks every text in them is shown as text, whatever it contains.
 */
export const markdown = (title: string, blocks: readonly Block[]): string =>
  `${[`# ${escaped(title)}`, ...blocks.map(blockText)].join('\n\n')}\n`;
