import type { SetUpIndex } from '../adapters/elasticsearch/set-up.ts';
import { EXIT } from './exit-code.ts';
import type { Result } from './result.ts';
import { count, number } from './say.ts';
import type { Session } from './session.ts';

const WORDS: Readonly<Record<SetUpIndex['did'], string>> = {
  made: 'made',
  extended: 'given new fields',
  rebuilt: 'made anew',
  left: 'as they should be',
  altered: 'altered',
};

const verdictOf = (indices: readonly SetUpIndex[]): string => {
  const by = Map.groupBy(indices, ({ did }) => did);
  return [
    `Set up: ${count(indices.length, 'index of ours', 'indices of ours')}`,
    ...[...by].map(([did, each]) => `${number(each.length)} ${WORDS[did]}`),
  ].join(' · ');
};

/**
 * `setup`: makes our own indices and their templates, and says how one differs from what it should be.
 * @param rebuild the index to make anew, with its documents.
 */
export const setupCommand = async (session: Session, rebuild?: string): Promise<Result> => {
  const indices = await session.setUp(rebuild);
  const altered = indices.filter(({ did }) => did === 'altered');
  const verdict = verdictOf(indices);
  const exitCode = altered.length > 0 ? EXIT.left : EXIT.done;
  return {
    page: [
      { text: verdict, style: 'bold' },
      '',
      {
        columns: [{ title: 'Index' }, { title: 'Did' }, { title: 'What' }],
        rows: indices.map(({ index, did, note = '' }) => [index, did === 'left' ? 'nothing' : did, note]),
      },
      ...altered.map(({ wayOut = '' }) => wayOut),
    ],
    json: { command: 'setup', verdict, exitCode, cluster: { ...session.cluster, host: session.host }, indices },
    exitCode,
  };
};
