import { type Table, tableLines } from './table-lines.ts';
import { renderText, type Screen, type Text } from './text.ts';

/** What a command shows, from top to bottom. */
export type Page = readonly (Text | Table)[];

const isTable = (block: Text | Table): block is Table => typeof block === 'object' && 'columns' in block;

/** The only way from a page to characters: nothing reaches a terminal unescaped. */
export const renderPage = (page: Page, screen: Screen): string =>
  page
    .flatMap((block) => (isTable(block) ? tableLines(block, screen) : [renderText(block, screen)]))
    .map((line) => `${line}\n`)
    .join('');
