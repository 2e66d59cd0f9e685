import { keyFolder } from '../../adapters/files/key-folder.ts';
import type { FunctionKeys } from '../../maintenance/function-keys.ts';
import { keyPrivileges } from '../../maintenance/key-privileges.ts';
import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import { count, number } from '../output/format.ts';
import type { Page } from '../output/page.ts';
import { type KeyResult, type KeysChoice, makeOrRevokeKeys } from './setup-keys.ts';

const WORDS: Readonly<Record<KeyResult['did'], string>> = {
  made: 'made',
  'in-folder': 'in the folder already',
  'has-one': 'valid already',
  'not-valid': 'not valid',
  'no-file': 'without a file',
  revoked: 'whose earlier ones are revoked',
  'only-one': 'without earlier ones',
};

const RESULT_WORDS: Readonly<Record<KeyResult['did'], string>> = {
  made: 'made',
  'in-folder': 'nothing',
  'has-one': 'nothing',
  'not-valid': 'not valid',
  'no-file': 'nothing',
  revoked: 'revoked',
  'only-one': 'nothing',
};

const LEFT: ReadonlySet<KeyResult['did']> = new Set(['not-valid', 'no-file']);

const lines = (keys: readonly KeyResult[], { rotate, revokeEarlier, folder }: KeysChoice): Page => {
  const isIdle = rotate && !revokeEarlier && keys.every(({ did }) => did === 'in-folder');
  if (isIdle)
    return [`Nothing was rotated: ${folder} has a valid key for each already. For another rotation name a new folder.`];
  if (keys.every(({ did }) => did !== 'made')) return [];
  return [
    `Only you can read the files in ${folder}. Put each into the secret of its function (elasticsearch/<name>), then remove them.`,
    ...(rotate
      ? [
          'The earlier keys stay valid. Half an hour after each function has its new one: the same command with --revoke-earlier, while the files are there.',
        ]
      : []),
  ];
};

/** The result of `setup --keys` for people and for programs. Shows no key. */
export interface KeysSection {
  readonly summary: string;
  readonly page: Page;
  readonly keys: readonly KeyResult[];
  /** Whether somebody has to act: a key is invalid, or there is none to rotate. */
  readonly isLeft: boolean;
}

/**
 * Makes the keys of a stage, or revokes earlier ones.
 * @throws InputError | TransientError
 */
export const keysSection = async (
  policy: RetentionPolicy,
  choice: KeysChoice,
  functionKeys: FunctionKeys,
): Promise<KeysSection> => {
  const holders = [...keyPrivileges(policy).keys()].filter((holder) => holder !== 'operator' || choice.operator);
  const keys = await makeOrRevokeKeys(holders, choice, { keys: functionKeys, folder: keyFolder(choice.folder) });
  const by = Map.groupBy(keys, ({ did }) => did);
  const isIdle = choice.rotate && !choice.revokeEarlier && keys.every(({ did }) => did === 'in-folder');
  return {
    summary: [
      count(keys.length, 'key', 'keys'),
      ...[...by].map(([did, each]) => `${number(each.length)} ${WORDS[did]}`),
    ].join(' · '),
    page: [
      '',
      {
        columns: [{ title: 'Key' }, { title: 'Did' }, { title: 'What' }],
        rows: keys.map(({ holder, did, note }) => [holder, RESULT_WORDS[did], note]),
      },
      ...lines(keys, choice),
    ],
    keys,
    isLeft: isIdle || keys.some(({ did }) => LEFT.has(did)),
  };
};
