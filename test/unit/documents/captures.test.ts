import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { WIDTHS } from '../../../scripts/captures.ts';
import { terminalText } from '../../../scripts/terminal-text.ts';

const ESCAPE = '\u001b';

/** The captures of a page: the command, the columns of its terminal, and what it shows. */
const capturesIn = (page: string) =>
  [...page.matchAll(/^### (\d+) columns\n\n```console\n\$ (.+)\n([^`]*)```$/gm)].map(
    ([, columns = '', command = '', shown = '']) => ({ columns: Number(columns), command, lines: shown.split('\n') }),
  );

test('each command is captured at each width, and fits it (if not: npm run captures)', () => {
  const captures = capturesIn(readFileSync('docs/captures.md', 'utf8'));
  const byCommand = Map.groupBy(captures, ({ command }) => command);
  expect(byCommand.size).toBeGreaterThan(10);
  for (const own of byCommand.values()) expect(own.map(({ columns }) => columns)).toEqual(WIDTHS);
  // A receipt is one word, to be copied: it is never wrapped.
  const tooWide = captures.flatMap(({ columns, lines }) =>
    lines.filter((line) => line.includes(' ') && [...line].length > columns),
  );
  expect(tooWide).toEqual([]);
});

test.each([
  ['a line that is overwritten', `asking${ESCAPE}[1G${ESCAPE}[2Kdone\r\n`, ['done']],
  ['styles', `${ESCAPE}[1mbold${ESCAPE}[22m text\r\nlast`, ['bold text', 'last']],
  ['a return', 'abc\rx\n', ['xbc']],
  ['the rest of a line', `abcd\r${ESCAPE}[2Gab${ESCAPE}[K\n`, ['aab']],
])('the captured text is what the terminal shows at the end: %s', (_, output, lines) => {
  expect(terminalText(output)).toEqual(lines);
});
