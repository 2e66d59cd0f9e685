import confirm from '@inquirer/confirm';
import { type Failed, isFailed } from '../output/category-result.ts';
import { number } from '../output/format.ts';
import type { Page } from '../output/page.ts';
import { renderPage } from '../output/page.ts';
import { screenOf } from '../output/text.ts';
import { amount, toRemove, totalToRemove } from '../runs/amount-to-remove.ts';
import type { PlannedCategory } from '../runs/plan-categories.ts';
import type { Session } from '../session.ts';
import type { Terminal } from './terminal.ts';

/** Shows what is about to be destroyed, and in which cluster. */
const questionPage = ({ cluster, host }: Session, results: readonly (PlannedCategory | Failed)[]): Page => [
  [
    'Cluster ',
    { text: cluster.name, style: 'bold' },
    ` (uuid ${cluster.uuid}, Elasticsearch ${cluster.version}) at `,
    { text: host, style: 'bold' },
  ],
  {
    columns: [
      { title: 'Category' },
      { title: 'Documents to purge', right: true },
      { title: 'Whole indices', right: true },
      { title: '' },
    ],
    rows: results.map((result) => {
      if (isFailed(result)) return [result.category.id, '?', '?', result.failure.code];
      const { documents, indices } = toRemove(result);
      return [result.category.id, number(documents), number(indices), result.refusals.length > 0 ? 'refused' : ''];
    }),
  },
];

const NO_ANSWER = ['AbortPromptError', 'ExitPromptError'];

/**
 * Waits for the answer to a prompt.
 * @param ask shows the prompt, until the signal ends it.
 * @returns undefined after Ctrl-C, or at the end of input.
 */
export const untilEnded = async <T>(
  stdin: Terminal['stdin'],
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> => {
  // A prompt alone would not notice the end of input: Ctrl-D, or a closed terminal.
  const ended = new AbortController();
  const end = (): void => ended.abort();
  const onKey = (_: string | undefined, { ctrl, name }: { ctrl?: boolean; name?: string }): void => {
    if (ctrl === true && name === 'd') end();
  };
  stdin.on('keypress', onKey).once('end', end).once('close', end);
  try {
    return await ask(ended.signal);
  } catch (error) {
    if (error instanceof Error && NO_ANSWER.includes(error.name)) return undefined;
    throw error;
  } finally {
    stdin.off('keypress', onKey).off('end', end).off('close', end);
  }
};

/** Asks on stderr. Ctrl-C, the end of input and an empty answer mean no. */
export const isYes = async (question: string, { stdin, stderr }: Terminal): Promise<boolean> =>
  (await untilEnded(stdin, (signal) =>
    confirm({ message: question, default: false }, { input: stdin, output: stderr, signal }),
  )) === true;

/** Shows what is about to be destroyed, and asks for confirmation. */
export const isAgreed = (
  session: Session,
  results: readonly (PlannedCategory | Failed)[],
  terminal: Terminal,
): Promise<boolean> => {
  terminal.stderr.write(renderPage(questionPage(session, results), screenOf(terminal.stderr, terminal.color)));
  return isYes(`Purge ${amount(totalToRemove(results))}?`, terminal);
};
