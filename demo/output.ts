import { styleText } from 'node:util';
import { renderPage } from '../lib/cli/output/page.ts';
import { screenOf } from '../lib/cli/output/text.ts';

/** Prints one or more lines. `styleText` leaves out colours unless the output is a terminal. */
export const print = (text: string): void => console.log(text);

/** Begins a part of the demo. */
export const heading = (text: string): void => print(`\n${styleText('bold', text)}`);

/** Prints a table like the command line, with numbers aligned to the right. */
export const printTable = (titles: readonly string[], rows: readonly (readonly string[])[]): void => {
  const columns = titles.map((title, at) => ({ title, right: rows.every((row) => /^[\d,]+$/.test(row[at] ?? '')) }));
  process.stdout.write(renderPage([{ columns, rows }], screenOf(process.stdout)));
};

/** Returns a function that says how long ago it was made: `12.3 s`. */
export const stopwatch = (): (() => string) => {
  const start = performance.now();
  return () => `${((performance.now() - start) / 1_000).toFixed(1)} s`;
};

/** Something that the demo has verified. */
export interface Fact {
  readonly text: string;
  readonly holds: boolean;
}

/**
 * Prints what was verified, a line for each fact.
 * @returns whether all of it holds.
 */
export const printFacts = (facts: readonly Fact[]): boolean => {
  heading('Verified');
  for (const { text, holds } of facts) print(`  ${holds ? styleText('green', '✓') : styleText('red', '✗')} ${text}`);
  const wrong = facts.filter(({ holds }) => !holds).length;
  if (wrong > 0)
    print(styleText('red', `${wrong} of these facts did not hold. Please report this with the whole output.`));
  return wrong === 0;
};
