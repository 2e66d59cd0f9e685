import { existsSync } from 'node:fs';
import { writeNew } from '../../../adapters/files/write-durably.ts';
import { InputError, messageOf } from '../../../base/errors.ts';
import { parseRetentionPolicy } from '../../../policy/parsing/parse-retention-policy.ts';
import { type Instant, isoInstant } from '../../../policy/time/instant.ts';
import { canAsk, type Terminal } from '../../consent/terminal.ts';
import { EXIT } from '../../exit-code.ts';
import { type Ask, askAt, askGroup, askSource, NotAnswered } from '../../init/ask-policy.ts';
import { type Draft, type DraftCategory, NO_QUOTE, NO_SOURCE, policyText, seenText } from '../../init/draft-policy.ts';
import { groupIndices, type IndexGroup } from '../../init/group-indices.ts';
import { count } from '../../output/format.ts';
import type { Result } from '../../output/result.ts';
import { limitText } from '../../output/rule-text.ts';
import { shellWord } from '../../output/shell-word.ts';
import type { OpenCluster } from '../../session.ts';

/** What `init` is asked for. */
export interface InitQuestion {
  /** The new file. */
  readonly file: string;
  /** Patterns: only indices that match one. Empty: all that hold documents. */
  readonly indices: readonly string[];
}

type Opened = ReturnType<OpenCluster>;

const taken = (file: string): InputError =>
  new InputError('file-exists', {
    expected: `no file ${file} yet`,
    found: 'one, which is not overwritten',
    fix: 'Name another file, or remove this one first. Nothing was changed.',
  });

const nothingFound = (indices: readonly string[]): InputError =>
  new InputError('no-index', {
    expected: indices.length === 0 ? 'an index that holds documents' : `an index that matches ${indices.join(', ')}`,
    found: 'none that this key may see',
    fix: 'Check ELASTICSEARCH_URL, and that the key or user may see the indices (view_index_metadata). Nothing was written.',
  });

/** The dates of a group by its likeliest field. An index that does not answer leaves them out. */
const seen = async ({ scout }: Opened, group: IndexGroup): Promise<Pick<DraftCategory, 'group' | 'dates'>> => {
  const [field] = group.dates;
  const dates = field === undefined ? undefined : await scout.dates(group.indices, field).catch(() => undefined);
  return { group, ...(dates !== undefined && { dates }) };
};

const categoriesOf = async (
  opened: Opened,
  groups: readonly IndexGroup[],
  ask: Ask | undefined,
  keep: (answered: readonly DraftCategory[]) => void,
): Promise<readonly DraftCategory[]> => {
  const categories: DraftCategory[] = [];
  for (const group of groups) {
    const found = await seen(opened, group);
    const [timestampField] = group.dates;
    const [accountField, other] = group.accounts;
    const unasked = {
      quote: NO_QUOTE,
      ...(timestampField !== undefined && { timestampField }),
      ...(accountField !== undefined && other === undefined && { accountField }),
    };
    const answers = ask === undefined ? unasked : await askGroup(ask, found);
    if (answers !== undefined) categories.push({ ...found, ...answers });
    keep(categories);
  }
  return categories;
};

/**
 * Drafts the policy.
 * @param keep called after each answered group, with the draft so far.
 */
const draftOf = async (
  opened: Opened,
  { indices }: InitQuestion,
  ask: Ask | undefined,
  now: Instant,
  keep: (draft: Draft) => void,
) => {
  // An address that does not answer is given up within ten seconds. Other requests are repeated for a minute.
  const { name: cluster } = await opened.identify();
  const groups = groupIndices(await opened.scout.list(), indices);
  if (groups.length === 0) throw nothingFound(indices);
  const today = isoInstant(now).slice(0, 10);
  const unfinished = { cluster, now, source: NO_SOURCE, sourceDate: today, leftOut: [] };
  const categories = await categoriesOf(opened, groups, ask, (answered) =>
    keep({ ...unfinished, categories: answered }),
  );
  const source =
    ask === undefined || categories.length === 0
      ? { source: NO_SOURCE, sourceDate: today }
      : await askSource(ask, today);
  const chosen = new Set(categories.map(({ group }) => group));
  const leftOut = groups.filter((group) => !chosen.has(group)).flatMap(({ patterns }) => patterns);
  return { cluster, now, ...source, categories, leftOut } satisfies Draft;
};

/** @param draft the answers so far, which are shown, so that nobody has to type them again. */
const nothingWritten = (why: string, draft?: Draft): Result => {
  const summary = `Nothing written: ${why}`;
  const answered = draft === undefined || draft.categories.length === 0 ? undefined : policyText(draft).trimEnd();
  return {
    page: [
      { text: summary, style: 'bold' },
      ...(answered === undefined ? [] : ['', 'The answers so far, as a policy:', '', ...answered.split('\n')]),
    ],
    json: { command: 'init', summary, exitCode: EXIT.left },
    exitCode: EXIT.left,
  };
};

const isUnfinished = ({ source, categories }: Draft): boolean =>
  source === NO_SOURCE || categories.some(({ quote }) => quote === NO_QUOTE);

const written = (file: string, draft: Draft, text: string): Result => {
  const policy = parseRetentionPolicy(text, file);
  const categories = [...policy.categories.values()];
  const without = draft.categories.filter(({ maxAge, deadline }) => maxAge === undefined && deadline === undefined);
  const summary = `Written: ${file} · ${count(categories.length, 'category', 'categories')} · mode observe`;
  const name = shellWord(file);
  return {
    page: [
      { text: summary, style: 'bold' },
      '',
      {
        columns: [{ title: 'Category' }, { title: 'Limit' }, { title: 'Indices' }, { title: 'Seen' }],
        rows: categories.map((category, at) => [
          category.id,
          limitText(category),
          category.indices.join(', '),
          draft.categories[at] === undefined ? '' : seenText(draft.categories[at]),
        ]),
      },
      '',
      ...(without.length === 0
        ? []
        : ['Where no rule is written, nothing is removed: nobody said how long its documents may stay.']),
      ...(isUnfinished(draft) ? ['Write the promises and their source into the file, where it says so.'] : []),
      'Read the file. Then, in this order:',
      `  node bin/es-retention.mjs policy check ${name}`,
      `  node bin/es-retention.mjs doctor --policy ${name}`,
      `  node bin/es-retention.mjs plan --policy ${name}`,
    ],
    json: {
      command: 'init',
      summary,
      exitCode: EXIT.done,
      file,
      categories: categories.map(({ id, indices }) => ({ category: id, indices })),
    },
    exitCode: EXIT.done,
  };
};

/**
 * `init`: drafts a policy from the indices of a cluster, and asks a person at a terminal for what it cannot know. It
 * must never overwrite a file, and never guess how long data may stay: without an answer, a category has no rule.
 * @param open opens the cluster that the environment names.
 * @throws InputError `file-exists`, `no-index`, `not-written`
 */
export const initCommand = async (question: InitQuestion, terminal: Terminal, open: () => Opened): Promise<Result> => {
  const { file } = question;
  if (existsSync(file)) throw taken(file);
  const opened = open();
  let draftSoFar: Draft | undefined;
  try {
    const ask = canAsk(terminal) && !terminal.json ? askAt(terminal) : undefined;
    const draft = await draftOf(opened, question, ask, opened.ports.clock(), (soFar) => {
      draftSoFar = soFar;
    });
    if (draft.categories.length === 0) return nothingWritten('no index was chosen');
    const text = policyText(draft);
    const result = written(file, draft, text);
    await writeNew(file, text, 0o666).catch((error: unknown) => {
      if (existsSync(file)) throw taken(file);
      throw new InputError('not-written', {
        expected: `a new file ${file}`,
        found: messageOf(error),
        fix: 'Name another one.',
      });
    });
    return result;
  } catch (error) {
    if (error instanceof NotAnswered) return nothingWritten('the questions were not answered', draftSoFar);
    throw error;
  } finally {
    await opened.close();
  }
};
