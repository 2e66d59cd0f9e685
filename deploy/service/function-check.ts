import type { RetentionPolicy } from '../../lib/policy/retention-policy.ts';
import { functionOf } from '../naming.ts';
import { functionFileOf } from './category-function.ts';
import { entriesIn, readServiceFiles, type ServiceFiles, wrongKeysIn } from './service-files.ts';

const HANDLER = /\bpurgeHandler\(\s*(['"`])([^'"`]*)\1\s*,?\s*\)/g;

const COMMENT_LINE = /^\s*\/\/.*$/gm;

/** Whether a function purges exactly this category. */
const isHandlerOf = (text: string, category: string): boolean => {
  const purged = [...text.replaceAll(COMMENT_LINE, '').matchAll(HANDLER)].map(([, , name]) => name);
  return purged.length === 1 && purged[0] === category;
};

/** A disagreement, and how to correct it. */
interface Mismatch {
  readonly found: string;
  /** The category to add. */
  readonly add?: string;
  /** The parts that a person has to remove. */
  readonly remove?: string;
}

const entryName = (name: string): string => `${name} in serverless.yml`;

/** The purge functions of a service, by name in serverless.yml and by file. */
interface PurgeFunctions extends Pick<ServiceFiles, 'functions'> {
  readonly entries: ReturnType<typeof entriesIn>;
}

const missingOf = (category: string, { entries, functions }: PurgeFunctions): readonly Mismatch[] => {
  const [name, file] = [functionOf(category), functionFileOf(category)];
  const [hasEntry, text] = [name in entries, functions.get(file)];
  if (!hasEntry && text === undefined) return [{ found: `no function ${name}`, add: category }];
  if (!hasEntry) return [{ found: `no ${entryName(name)}`, add: category }];
  return text === undefined ? [{ found: `no ${file}`, add: category }] : [];
};

const wrongOf = (category: string, { entries, functions }: PurgeFunctions): readonly Mismatch[] => {
  const [name, file] = [functionOf(category), functionFileOf(category)];
  const [entry, text] = [entries[name], functions.get(file)];
  const keys = entry === undefined ? [] : wrongKeysIn(entry, category);
  return [
    ...(text === undefined || isHandlerOf(text, category)
      ? []
      : [{ found: `${file} without purgeHandler('${category}')`, add: category, remove: file }]),
    ...(keys.length === 0
      ? []
      : [{ found: `${entryName(name)} with another ${keys.join(', ')}`, add: category, remove: entryName(name) }]),
  ];
};

const idleOf = (wanted: readonly string[], { entries, functions }: PurgeFunctions): readonly Mismatch[] => {
  const names = wanted.map(functionOf);
  const files = wanted.map(functionFileOf);
  const idle = [
    ...[...functions.keys()].filter((file) => !files.includes(file)),
    ...Object.keys(entries)
      .filter((name) => !names.includes(name))
      .map(entryName),
  ];
  return idle.map((what) => ({ found: `${what} without a category`, remove: what }));
};

const fixOf = (mismatches: readonly Mismatch[]): string => {
  const added = [...new Set(mismatches.flatMap(({ add }) => add ?? []))];
  const removed = mismatches.flatMap(({ remove }) => remove ?? []);
  return [
    ...(removed.length === 0 ? [] : [`Remove by hand: ${removed.join(', ')}.`]),
    ...(added.length === 0 ? [] : [`Run: ${added.map((id) => `npm run add-category -- ${id}`).join(' && ')}.`]),
  ].join(' ');
};

/**
 * Refuses a service whose policy, functions and serverless.yml contain different categories. A category without a
 * function would never be purged, and a function without a category has nothing to do.
 * @throws Error that names them, and the command that corrects it.
 */
export const assertSameCategories = (
  { categories }: Pick<RetentionPolicy, 'categories'>,
  { serverless, functions }: ServiceFiles = readServiceFiles(),
): void => {
  const ids = [...categories.keys()];
  const present = { entries: entriesIn(serverless), functions };
  const mismatches = [
    ...ids.flatMap((id) => missingOf(id, present)),
    ...ids.flatMap((id) => wrongOf(id, present)),
    ...idleOf(ids, present),
  ];
  if (mismatches.length === 0) return;
  const found = mismatches.map((each) => each.found).join('; ');
  throw new Error(
    `Expected for each category of retention-policy.yml a function in functions/ and in serverless.yml, and no other; found ${found}. ${fixOf(mismatches)}`,
  );
};
