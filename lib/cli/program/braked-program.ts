import type { Command } from 'commander';
import type { Selection } from '../session.ts';
import type { Add, Examples } from './command-types.ts';

/** The options that select braked erasures. */
export interface BrakedChoice {
  readonly uin?: string;
  readonly app?: string;
  readonly request?: string;
  readonly source?: string;
  readonly since?: string;
  readonly until?: string;
}

/** Commands about erasures that wait for a person. */
export type BrakedInvocation =
  | (BrakedChoice & { readonly command: 'braked'; readonly selection: Selection; readonly json: boolean })
  | (BrakedChoice & {
      readonly command: 'confirm' | 'cancel';
      readonly selection: Selection;
      readonly json: boolean;
      readonly all: boolean;
      readonly yes: boolean;
    });

type Invoke = (invocation: BrakedInvocation) => Promise<void>;

interface BrakedOptions extends BrakedChoice, Selection {
  readonly json?: boolean;
  readonly all?: boolean;
  readonly yes?: boolean;
}

const withFilters = (command: Command): Command =>
  command
    .option('--category <id...>', 'only in these categories (default: all of the policy)')
    .option('--uin <account>', 'only of this account')
    .option('--app <id>', 'only of this application of it')
    .option('--request <id>', 'only of this request (the webhook-id)')
    .option('--source <name>', 'only what came this way: webhook, bus or person')
    .option('--since <instant>', 'only what was heard from this instant on, ISO 8601')
    .option('--until <instant>', 'only what was heard up to this instant, ISO 8601');

const withConsent = (command: Command): Command =>
  command
    .option('--all', 'all that are braked, where no other option says which')
    .option('--yes', 'do not ask; needed where nobody can be asked');

const split = ({ policy, category, json = false, all = false, yes = false, ...choice }: BrakedOptions) => ({
  ...choice,
  selection: { ...(policy !== undefined && { policy }), ...(category !== undefined && { category }) },
  json,
  all,
  yes,
});

/**
 * Adds the commands about braked erasures.
 * @param add creates a command with the options `--policy` and `--json`.
 */
export const addBrakedCommands = (add: Add, invoke: Invoke, examples: Examples): void => {
  withFilters(
    add(
      'braked',
      'Lists erasures that wait for a person, since a limit of the policy was reached.',
      'It says which limit, by which way each came, and how long there is: the deadline does not move. It ends with 3 where there are any.',
    ),
  )
    .addHelpText('after', examples('braked', 'braked --source webhook --since 2026-11-24T09:00:00Z'))
    .action((options: BrakedOptions) => {
      const { all, yes, ...invocation } = split(options);
      return invoke({ command: 'braked', ...invocation });
    });

  withConsent(
    withFilters(
      add(
        'confirm',
        'Confirms braked erasures: the next run erases what is due.',
        'Ask the account system first. A confirmation holds until the erasure is done or cancelled. On a terminal it asks once.',
      ),
    ),
  )
    .addHelpText(
      'after',
      examples('confirm --request msg_2f9c', 'confirm --until 2026-11-24T09:00:00Z', 'confirm --all'),
    )
    .action((options: BrakedOptions) => invoke({ command: 'confirm', ...split(options) }));

  withConsent(
    withFilters(
      add(
        'cancel',
        'Cancels braked erasures: records for each of these accounts and applications that it was reinstated.',
        'As reinstate does, in every category: what else is owed to them up to now is cancelled too. On a terminal it asks once.',
      ),
    ),
  )
    .addHelpText('after', examples('cancel --source webhook --since 2026-11-24T09:00:00Z'))
    .action((options: BrakedOptions) => invoke({ command: 'cancel', ...split(options) }));
};
