import { readFileSync } from 'node:fs';

const [inUse = '', notInUse = ''] = readFileSync('docs/glossary.md', 'utf8').split(
  '## Words that are not used any more',
);

/** The glossary without its last table. */
export const GLOSSARY = inUse;

/** The words of its last table: those in code marks in the first column. */
export const OLD_WORDS: readonly string[] = [...notInUse.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = '']) =>
  [...cell.matchAll(/`(\w+)`/g)].map(([, word = '']) => word),
);
