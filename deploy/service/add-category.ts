import { isDeepStrictEqual } from 'node:util';
import { isMap, isPair, isScalar, type Pair, parse, parseDocument } from 'yaml';
import { nearestWord } from '../../lib/policy/nearest-word.ts';
import type { RetentionPolicy } from '../../lib/policy/retention-policy.ts';
import { functionOf } from '../naming.ts';
import { entryTextOf, functionFileOf, functionTextOf } from './category-function.ts';
import { entriesIn, type ServiceEntry, type ServiceFiles, wrongKeysIn } from './service-files.ts';

/** The texts to write for a category: at least one of the two. */
export interface Addition {
  /** A new file. */
  readonly file?: { readonly path: string; readonly text: string };
  /** The new text of serverless.yml: the old text with one more entry. */
  readonly serverless?: string;
}

const refuse = (expected: string, found: string, fix: string): never => {
  throw new Error(`Not added: expected ${expected}; found ${found}. ${fix}`);
};

const POLICY = 'retention-policy.yml';

const withoutFunction = (ids: readonly string[], { serverless, functions }: ServiceFiles): readonly string[] => {
  const entries = entriesIn(serverless);
  return ids.filter((id) => !(functionOf(id) in entries) || !functions.has(functionFileOf(id)));
};

/**
 * The single category in the arguments of a command.
 * @throws Error that says what to correct, and which categories have no function yet.
 */
export const categoryNamed = (
  given: readonly string[],
  { categories }: Pick<RetentionPolicy, 'categories'>,
  files: ServiceFiles,
): string => {
  const ids = [...categories.keys()];
  const open = withoutFunction(ids, files);
  const left = open.length === 0 ? 'Every category there has its function.' : `Without a function: ${open.join(', ')}.`;
  const [id = '', ...more] = given;
  if (id === '' || more.length > 0)
    refuse(
      `one category of ${POLICY}`,
      id === '' ? 'none' : `${given.length} arguments`,
      `Run: npm run add-category -- <category id>. ${left}`,
    );
  if (categories.has(id)) return id;
  const near = nearestWord(id.replace(/^purge-/, ''), ids);
  return refuse(
    `a category of ${POLICY}: ${ids.join(', ')}`,
    `"${id}"${near === undefined ? '' : ` (did you mean ${near}?)`}`,
    `Correct the id, or describe the category in ${POLICY} first. ${left}`,
  );
};

const contentOf = (serverless: string): Readonly<Record<string, unknown>> => parse(serverless, { logLevel: 'silent' });

const nameOf = ({ key }: Pair): string => (isScalar(key) ? String(key.value) : '');

/** The place for the entry of a new function: after the last purge function, or else after the last function. */
const placeIn = (serverless: string): number | undefined => {
  const functions = parseDocument(serverless, { logLevel: 'silent' }).get('functions', true);
  if (!isMap(functions) || functions.flow === true) return undefined;
  const pairs = functions.items.filter((item) => isPair(item)) as readonly Pair[];
  const last = pairs.findLast((pair) => nameOf(pair).startsWith('purge-')) ?? pairs.at(-1);
  const end = (last?.value as { readonly range?: readonly [number, number, number] } | null)?.range?.[1];
  if (end === undefined) return undefined;
  const written = serverless.slice(0, end).trimEnd().length;
  const lineEnd = serverless.indexOf('\n', written);
  return lineEnd === -1 ? serverless.length : lineEnd;
};

/** Whether exactly one correct entry has been added and nothing else has changed. */
const isOneMore = (before: string, after: string, category: string): boolean => {
  const [old, { functions, ...rest }] = [contentOf(before), contentOf(after)];
  const { [functionOf(category)]: added, ...others } = functions as Readonly<Record<string, unknown>>;
  return (
    wrongKeysIn(added as ServiceEntry | null, category).length === 0 &&
    isDeepStrictEqual({ ...rest, functions: others }, old)
  );
};

const withEntry = (serverless: string, category: string): string => {
  const place = placeIn(serverless);
  const after =
    place === undefined
      ? ''
      : `${serverless.slice(0, place)}\n\n${entryTextOf(category)}${serverless.slice(place) || '\n'}`;
  try {
    if (isOneMore(serverless, after, category)) return after;
  } catch {
    // If the new text is not valid YAML, it is refused in the same way.
  }
  return refuse(
    'serverless.yml with the block "functions:", indented by two spaces, and "custom.purge" with the anchor &purge',
    'another form',
    `Restore that form, or add this entry by hand:\n${entryTextOf(category)}`,
  );
};

/**
 * The texts to write so that a category of the policy has its function and its deployment. It must never replace
 * existing files or entries: if the category has one of the two, only the other is written.
 * @throws Error that says what to correct, if the category has both, or if one of them is wrong.
 */
export const additionOf = (category: string, { serverless, functions }: ServiceFiles): Addition => {
  const [name, path, text] = [functionOf(category), functionFileOf(category), functionTextOf(category)];
  const [entry, present] = [entriesIn(serverless)[name], functions.get(path)];
  if (present !== undefined && present !== text)
    refuse(`no ${path}, or exactly what this command writes`, 'another text', 'Move that file away and run it again.');
  const wrong = entry === undefined ? [] : wrongKeysIn(entry, category);
  if (wrong.length > 0)
    refuse(
      `no ${name} in serverless.yml, or one as this command writes it`,
      `another ${wrong.join(', ')}`,
      'Remove that entry and run it again.',
    );
  if (entry !== undefined && present !== undefined)
    refuse(
      'a category without a function',
      `${path}, and ${name} in serverless.yml`,
      'Nothing is left to do: it is there already.',
    );
  return {
    ...(present === undefined && { file: { path, text } }),
    ...(entry === undefined && { serverless: withEntry(serverless, category) }),
  };
};
