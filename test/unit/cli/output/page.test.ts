import { expect, test } from 'vitest';
import { renderPage } from '../../../../lib/cli/output/page.ts';
import type { Table } from '../../../../lib/cli/output/table-lines.ts';
import type { Screen } from '../../../../lib/cli/output/text.ts';

const PLAIN: Screen = { paint: (_, text) => text };
const RED = '\u001b[31m';
const COLOURED: Screen = { paint: (_, text) => `${RED}${text}\u001b[39m` };

const TABLE: Table = {
  columns: [{ title: 'Index' }, { title: 'Documents', right: true }, { title: 'Why' }],
  rows: [
    ['call-log-2026.11.08', '12,345', 'write index of alias "call-log": stays, its documents go'],
    [{ text: 'b', style: 'red' }, '1', 'empty'],
  ],
};

test('a table aligns columns, numbers to the right, without trailing spaces', () => {
  expect(renderPage([TABLE], PLAIN)).toBe(
    [
      '  INDEX                DOCUMENTS  WHY',
      '  call-log-2026.11.08     12,345  write index of alias "call-log": stays, its documents go',
      '  b                            1  empty',
      '',
    ].join('\n'),
  );
});

test('colours do not affect columns', () => {
  const coloured = renderPage([TABLE], COLOURED);
  expect(coloured).toContain(RED);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours themselves
  expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(renderPage([TABLE], PLAIN));
});

test('a terminal wraps only the last column of a table', () => {
  const lines = renderPage([TABLE], { ...PLAIN, width: 64 }).split('\n');
  expect(lines[1]).toBe('  call-log-2026.11.08     12,345  write index of alias');
  expect(lines[2]).toBe('                                  "call-log": stays, its');
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(64);
});

test('a name is never cut, however narrow the terminal', () => {
  const name = 'reindexed-into-call-log-2026.11.08-000001-of-the-old-cluster';
  const table: Table = { columns: [{ title: 'Index' }, { title: 'Why' }], rows: [[name, `see ${name}`]] };
  expect(renderPage([table], { ...PLAIN, width: 40 }).match(new RegExp(name, 'g'))).toHaveLength(2);
});

test('text from a cluster is escaped in lines and tables, coloured or not', () => {
  const hostile = 'x\u001b[2J\u202e';
  const table: Table = { columns: [{ title: 'Index' }], rows: [[hostile], [{ text: hostile, style: 'red' }]] };
  const rendered = renderPage([hostile, ['a', { text: hostile, style: 'red' }], table], PLAIN);
  expect(rendered).not.toMatch(/[\u202e]/u);
  expect(rendered.split('x\\u{1b}[2J\\u{202e}')).toHaveLength(5);
});
