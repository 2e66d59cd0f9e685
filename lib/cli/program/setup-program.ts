import type { Command } from 'commander';
import type { SetUpChoice } from '../../maintenance/set-up.ts';
import { DAY, parseDuration } from '../../policy/time/duration.ts';
import type { KeysChoice } from '../keys/setup-keys.ts';
import type { Selection } from '../session.ts';
import type { Add, Examples } from './command-types.ts';

/** The options of `setup`. */
export interface SetupInvocation {
  readonly command: 'setup';
  readonly selection: Selection;
  readonly json: boolean;
  readonly choice: SetUpChoice;
  readonly keys?: KeysChoice;
}

interface SetupOptions {
  readonly json?: boolean;
  readonly policy?: string;
  readonly rebuild?: string;
  readonly removeMoved?: boolean;
  readonly keys?: string;
  readonly stage?: string;
  readonly validFor?: string;
  readonly operator?: boolean;
  readonly rotate?: boolean;
  readonly revokeEarlier?: boolean;
}

const LONGEST_DAYS = 366;

/**
 * Reads a lifetime.
 * @returns milliseconds.
 */
const readLifetime = (text: string, refuse: (words: string) => never): number => {
  try {
    const { milliseconds } = parseDuration(text);
    if (milliseconds >= DAY && milliseconds <= LONGEST_DAYS * DAY) return milliseconds;
  } catch {
    // A text that is not a duration gets the same message.
  }
  return refuse(`--valid-for takes a duration from P1D to P${LONGEST_DAYS}D, such as P90D`);
};

const STAGE = /^[A-Za-z][A-Za-z0-9-]{0,62}$/;

const keysOf = (command: Command, options: SetupOptions): KeysChoice | undefined => {
  const { keys, stage, operator = false, rotate = false, revokeEarlier = false, validFor } = options;
  const refuse = (words: string): never => command.error(`error: ${words}`);
  const asksForKeys = operator || rotate || revokeEarlier || stage !== undefined || validFor !== undefined;
  if (keys === undefined)
    return asksForKeys
      ? refuse('--stage, --valid-for, --operator, --rotate and --revoke-earlier go with --keys <folder>')
      : undefined;
  if (stage === undefined || !STAGE.test(stage))
    return refuse('--keys goes with --stage <name>, whose functions the keys are for: letters, digits and hyphens');
  if (revokeEarlier && !rotate) return refuse('--revoke-earlier goes with --rotate');
  const lifetime = readLifetime(validFor ?? 'P90D', refuse);
  return { folder: keys, stage, lifetime, operator, rotate, revokeEarlier };
};

export const addSetup = (
  add: Add,
  invoke: (invocation: SetupInvocation) => Promise<void>,
  examples: Examples,
): void => {
  const command = add(
    'setup',
    'Makes the indices that es-retention keeps for itself, and their templates; adds what one lacks, says how one differs, and moves what earlier versions kept. Makes the keys of the functions, where asked.',
    'Once before the first run, and after an upgrade: as somebody who may manage index templates. The runs need no such key then.',
  );
  command
    .option(
      '--rebuild <index>',
      'make this one anew, with its documents, as it should be; stop the runs first, and start it once',
    )
    .option(
      '--remove-moved',
      'remove the indices of earlier versions whose documents have all been moved into those of their categories',
    )
    .option(
      '--keys <folder>',
      'make a key for each function that has none, with what it needs and no more, each into a file of this folder that only you can read',
    )
    .option('--stage <name>', 'whose functions the keys are for')
    .option('--valid-for <duration>', 'how long the keys are valid (default: P90D)')
    .option('--operator', 'make a key for a person with this command line too')
    .option('--rotate', 'make new keys beside those that there are, into a new folder; the earlier ones stay valid')
    .option(
      '--revoke-earlier',
      'with --rotate, once the functions have the keys of the folder: revoke those before them, and make none',
    )
    .addHelpText(
      'after',
      examples(
        'setup',
        'setup --rebuild retention-ledger.uins',
        'setup --keys keys --stage prod',
        'setup --keys keys-2027 --stage prod --rotate',
        'setup --keys keys-2027 --stage prod --rotate --revoke-earlier',
      ),
    )
    .addHelpText(
      'after',
      '\nKeys are made by a user with a password (ELASTICSEARCH_USERNAME, ELASTICSEARCH_PASSWORD): a key made by a key may do nothing.',
    )
    .action((options: SetupOptions) => {
      const { json = false, policy, rebuild, removeMoved = false } = options;
      const keys = keysOf(command, options);
      return invoke({
        command: 'setup',
        selection: policy === undefined ? {} : { policy },
        json,
        choice: { removeMoved, ...(rebuild !== undefined && { rebuild }) },
        ...(keys !== undefined && { keys }),
      });
    });
};
