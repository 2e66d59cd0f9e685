import { expect, test } from 'vitest';
import { showFetchProgress } from '../../../embedded-elasticsearch/fetch-progress.ts';

const TOTAL = 136_400_000;

/** Fetches two files, one of them twice, with a clock that goes on by a second with each piece. */
const written = (isTTY: boolean): string => {
  let output = '';
  let now = 0;
  const write = (text: string): boolean => {
    output += text;
    return true;
  };
  const progress = showFetchProgress(TOTAL, { isTTY, write }, () => now);
  const pieces: readonly (readonly [path: string, bytes: number])[] = [
    ['a.jar', 10_000_000],
    ['b.jar', 20_000_000],
    ['a.jar', 40_000_000],
    ['a.jar', 5_000_000],
    ['a.jar', 60_000_000],
    ['b.jar', 76_400_000],
  ];
  for (const [path, bytes] of pieces) {
    now += 1_000;
    progress.fetched(path, bytes);
  }
  progress.end();
  return output;
};

test('download progress is one line on a terminal, overwritten and finally cleared', () => {
  const CLEAR = '\u001b[1G\u001b[2K';
  const lines = ['10 of 136 MB (7 %)', '30 of 136 MB (21 %)', '60 of 136 MB (43 %)', '25 of 136 MB (18 %)'];
  expect(written(true)).toBe(
    [...lines, '80 of 136 MB (58 %)', '136 of 136 MB (100 %)', ''].map((line) => `${CLEAR}${line}`).join(''),
  );
});

test('download progress is a plain line every five seconds without a terminal', () => {
  expect(written(false)).toBe('80 of 136 MB (58 %)\n');
});
