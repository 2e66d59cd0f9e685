import { type Table, tableLines } from './table-lines.ts';
import { type Screen, type Text, textLines } from './text.ts';

/** The output of a command, from top to bottom. */
export type Page = readonly (Text | Table)[];

export const isTable = (block: Text | Table): block is Table => typeof block === 'object' && 'columns' in block;

/** Renders a page. All output goes through this type, so nothing reaches a terminal unescaped. */
export const renderPage = (page: Page, screen: Screen): string =>
  page
    .flatMap((block) => (isTable(block) ? tableLines(block, screen) : textLines(block, screen)))
    .map((line) => `${line}\n`)
    .join('');
