import type { SetUpChoice, SetUpIndex } from '../../../maintenance/set-up.ts';
import { EXIT } from '../../exit-code.ts';
import type { KeysChoice } from '../../keys/setup-keys.ts';
import { type KeysSection, keysSection } from '../../keys/setup-keys-section.ts';
import { count, number } from '../../output/format.ts';
import type { Page } from '../../output/page.ts';
import type { Result } from '../../output/result.ts';
import type { Session } from '../../session.ts';

const WORDS: Readonly<Record<SetUpIndex['did'], string>> = {
  made: 'made',
  extended: 'given new fields',
  rebuilt: 'made anew',
  left: 'as they should be',
  altered: 'altered',
  moved: 'of an earlier version moved',
  'not-moved': 'of an earlier version not moved',
  removed: 'of an earlier version removed',
};

const summaryOf = (indices: readonly SetUpIndex[]): string => {
  const by = Map.groupBy(indices, ({ did }) => did);
  return [
    `Set up: ${count(indices.length, 'index of ours', 'indices of ours')}`,
    ...[...by].map(([did, each]) => `${number(each.length)} ${WORDS[did]}`),
  ].join(' · ');
};

const movedLines = (indices: readonly SetUpIndex[]): Page => [
  ...(indices.some(({ did }) => did === 'not-moved')
    ? [
        'What is not moved is in its place with other content, or names no category. The earlier index keeps it; run setup again, and look at node bin/es-retention.mjs status.',
      ]
    : []),
  ...(indices.some(({ did }) => did === 'moved')
    ? [
        'The earlier indices are blocked for writes and kept. Once the new version is deployed: node bin/es-retention.mjs setup --remove-moved removes them.',
      ]
    : []),
];

/**
 * Keys of functions cannot see the shared indices of earlier versions. So they must not be made before everything is
 * moved; otherwise nobody would notice.
 */
const NO_KEYS_YET: KeysSection = {
  summary: 'no keys made',
  page: [
    'No keys were made: functions would not see with them what is not moved. Once setup has moved it all, run this command again.',
  ],
  keys: [],
  isLeft: true,
};

/**
 * `setup`: creates our own indices and their templates, reports how an index differs, and moves the records of earlier
 * versions from shared indices. Then it makes or revokes the keys of the functions, if requested.
 */
export const setupCommand = async (
  session: Session,
  choice: SetUpChoice = {},
  keysChoice?: KeysChoice,
): Promise<Result> => {
  // If keys are requested and the user may not make keys, it fails before it does anything.
  const keys = keysChoice && session.functionKeys(keysChoice.stage);
  const indices = await session.setUp(choice);
  const altered = indices.filter(({ did }) => did === 'altered');
  const notMoved = indices.filter(({ did }) => did === 'not-moved');
  const areKeysWithheld = keysChoice?.revokeEarlier === false && notMoved.length > 0;
  const made = areKeysWithheld
    ? NO_KEYS_YET
    : keysChoice && keys && (await keysSection(session.policy, keysChoice, keys));
  const summary = [summaryOf(indices), ...(made === undefined ? [] : [made.summary])].join(' · ');
  const isLeft = altered.length + notMoved.length > 0 || made?.isLeft === true;
  const exitCode = isLeft ? EXIT.left : EXIT.done;
  return {
    page: [
      { text: summary, style: 'bold' },
      '',
      {
        columns: [{ title: 'Index' }, { title: 'Did' }, { title: 'What' }],
        rows: indices.map(({ index, did, note = '' }) => [index, did === 'left' ? 'nothing' : did, note]),
      },
      ...altered.map(({ fix = '' }) => fix),
      ...movedLines(indices),
      ...(made?.page ?? []),
    ],
    json: {
      command: 'setup',
      summary,
      exitCode,
      cluster: { ...session.cluster, host: session.host },
      indices,
      ...(made && { keys: made.keys }),
    },
    exitCode,
  };
};
