import { createInterface } from 'node:readline/promises';
import { amount, toRemove, totalToRemove } from './amount-to-remove.ts';
import type { Page } from './page.ts';
import { renderPage } from './page.ts';
import type { Planned } from './plan-categories.ts';
import { number } from './say.ts';
import type { Session } from './session.ts';
import { type Failed, isFailed } from './standing.ts';
import type { Terminal } from './terminal.ts';
import { screenOf } from './text.ts';

const ASSENT = ['y', 'yes'];

/** What is about to be destroyed, and where. */
const questionPage = ({ cluster, host }: Session, results: readonly (Planned | Failed)[]): Page => [
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

/** Asks once, on stderr. Ctrl-C, the end of input and everything but yes mean no. */
export const isYes = async (question: string, { stdin, stderr }: Terminal): Promise<boolean> => {
  const lines = createInterface({ input: stdin, output: stderr });
  const noAnswer = new Promise<string>((resolve) => {
    lines.once('SIGINT', () => resolve(''));
    lines.once('close', () => resolve(''));
  });
  try {
    const answer = await Promise.race([lines.question(question), noAnswer]);
    return ASSENT.includes(answer.trim().toLowerCase());
  } finally {
    lines.close();
  }
};

/** Says what is about to be destroyed, and asks whether it shall be. */
export const isAgreed = (
  session: Session,
  results: readonly (Planned | Failed)[],
  terminal: Terminal,
): Promise<boolean> => {
  terminal.stderr.write(renderPage(questionPage(session, results), screenOf(terminal.stderr)));
  return isYes(`Purge ${amount(totalToRemove(results))}? [y/N] `, terminal);
};
