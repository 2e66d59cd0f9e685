import { styleText } from 'node:util';

/** Says one or more lines, indented under their heading. */
export const say = (text: string): void => console.log(text.replace(/^(?=.)/gm, '   '));

/** Begins a part of the demo. */
export const heading = (text: string): void => console.log(`\n${styleText('bold', text)}`);

/** What it returns says how long ago it was called: `12.3 s`. */
export const stopwatch = (): (() => string) => {
  const start = performance.now();
  return () => `${((performance.now() - start) / 1_000).toFixed(1)} s`;
};
