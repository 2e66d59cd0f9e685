import { expect, test } from 'vitest';
import { renderPage } from '../../../../lib/cli/output/page.ts';
import type { Table } from '../../../../lib/cli/output/table-lines.ts';
import type { Screen } from '../../../../lib/cli/output/text.ts';

const screen = (width: number): Screen => ({ paint: (_, text) => text, width });
const linesAt = (width: number, ...page: Parameters<typeof renderPage>[0]): readonly string[] =>
  renderPage(page, screen(width)).split('\n').slice(0, -1);

const SUMMARY =
  'Kept: 4 of 6 · sdk-logs overdue by 2 d 23 h · backend-logs 1,234,567 documents undatable · next run by 08:41 UTC';

test.each([60, 80])('a long summary is split into one line for each clause at %i columns', (width) => {
  expect(linesAt(width, SUMMARY)).toEqual([
    'Kept: 4 of 6',
    '  sdk-logs overdue by 2 d 23 h',
    '  backend-logs 1,234,567 documents undatable',
    '  next run by 08:41 UTC',
  ]);
});

test('a summary stays on one line if it fits, or if there is no terminal', () => {
  expect(linesAt(120, SUMMARY)).toEqual([SUMMARY]);
  expect(renderPage([SUMMARY], { paint: (_, text) => text })).toBe(`${SUMMARY}\n`);
});

test('prose is wrapped between words, below its label', () => {
  const lines = linesAt(40, [
    { text: '      expected  ', style: 'dim' },
    'an index that accepts deletions: 12,345,678 of its documents',
  ]);
  expect(lines).toEqual([
    '      expected  an index that accepts',
    '                deletions: 12,345,678 of',
    '                its documents',
  ]);
});

test('a word that is longer than the terminal is not broken', () => {
  const word = 'eyJ'.repeat(40);
  expect(linesAt(60, `opening ${word}`)).toEqual(['opening', `  ${word}`]);
});

test('adjacent texts without a blank between them stay on one line, and keep their styles', () => {
  const painted = renderPage([['see ', { text: 'https://example.org', style: 'bold' }, '/page now']], {
    paint: (_, text) => `<${text}>`,
    width: 20,
  });
  expect(painted).toBe('see\n  <https://example.org>/page\n  now\n');
});

const TABLE: Table = {
  columns: [
    { title: 'Category' },
    { title: 'Documents', right: true, spare: 2 },
    { title: 'Overdue', right: true },
    { title: 'Limit', spare: 1 },
    { title: 'Why' },
  ],
  rows: [
    ['backend-logs', '1,234,567', '160', 'P14D', 'overdue by 2 d 23 h, 160 documents undatable'],
    ['sdk-logs', '0', '0', 'P14D', ''],
  ],
};

test('a table omits spare columns until it fits, and names the omitted ones', () => {
  const lines = linesAt(50, TABLE);
  expect(lines).toEqual([
    '  CATEGORY      OVERDUE  WHY',
    '  backend-logs      160  overdue by 2 d 23 h, 160',
    '                         documents undatable',
    '  sdk-logs            0',
    '  Too narrow for: documents, limit',
  ]);
});

test('a table that fits leaves nothing out', () => {
  const lines = linesAt(120, TABLE);
  expect(lines[0]).toBe('  CATEGORY      DOCUMENTS  OVERDUE  LIMIT  WHY');
  expect(lines).toHaveLength(3);
});

test('a table that cannot fit shows each row as a text', () => {
  const name = 'reindexed-into-call-log-2026.11.08-000001';
  const table: Table = {
    columns: [{ title: 'Index' }, { title: 'Due', right: true }, { title: 'From', spare: 1 }, { title: 'Why' }],
    rows: [[name, '12,345', '2026-11-08', `see ${name}`]],
  };
  expect(linesAt(60, table)).toEqual([
    `  ${name}`,
    '    due 12,345; why see',
    `      ${name}`,
    '  Too narrow for: from',
  ]);
});

test.each([60, 80, 120])('no line is longer than %i columns, and no word or number breaks', (width) => {
  const lines = linesAt(width, SUMMARY, TABLE, [{ text: '  ! ', style: 'red' }, SUMMARY]);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
  for (const whole of ['1,234,567', 'backend-logs', 'undatable']) expect(lines.join('\n')).toContain(whole);
});
