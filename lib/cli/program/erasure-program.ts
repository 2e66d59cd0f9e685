import { type Command, Option } from 'commander';
import type { ClosedQuestion } from '../commands/past/closed-command.ts';
import { SINCE, UNTIL } from '../past/period.ts';
import type { Selection } from '../session.ts';
import type { Add, Examples } from './command-types.ts';

interface OfSubject {
  readonly selection: Selection;
  readonly json: boolean;
  readonly uin: string;
  readonly app?: string;
}

/** Commands about the termination of accounts and applications. */
export type ErasureInvocation =
  | (OfSubject & {
      readonly command: 'terminate';
      readonly accountDeleted: boolean;
      readonly at?: string;
      readonly immediate: boolean;
      readonly yes: boolean;
    })
  | (OfSubject & { readonly command: 'reinstate'; readonly at?: string })
  | (OfSubject & { readonly command: 'receipt'; readonly out?: string })
  | {
      readonly command: 'status';
      readonly selection: Selection;
      readonly json: boolean;
      readonly uin?: string;
      readonly app?: string;
      /** Whether the numbers are asked for as Prometheus text. */
      readonly prometheus?: boolean;
      /** The period, if closed erasures are asked for. */
      readonly closed?: ClosedQuestion;
    }
  | {
      readonly command: 'reconcile';
      readonly selection: Selection;
      readonly json: boolean;
      readonly active: string;
      readonly allowEmpty: boolean;
    }
  | {
      readonly command: 'replay';
      readonly selection: Selection;
      readonly json: boolean;
      readonly renamed?: readonly string[];
      readonly despiteMissing: boolean;
    };

/** An option of the commands that look for data: it is correct that there is no index. */
export const ALLOW_EMPTY = [
  '--allow-empty',
  'it is right that no category has an index: do not end with 3 for that',
] as const;

type Invoke = (invocation: ErasureInvocation) => Promise<void>;

const ofSubject = (command: Command): Command =>
  command
    .addOption(new Option('--uin <account>', 'the account, as documents have it').makeOptionMandatory())
    .option('--app <id>', 'one application of it (default: the account with all its applications)');

const split = <T extends { json?: boolean; policy?: string }>({ json = false, policy, ...rest }: T) => ({
  ...rest,
  json,
  selection: policy === undefined ? {} : { policy },
});

const addEvents = (add: Add, invoke: Invoke, examples: Examples): void => {
  ofSubject(
    add(
      'terminate',
      'Records that an account was deleted or its use of the feature ended, as the webhook does.',
      'Erases nothing itself: the scheduled runs do, after the cancel window and before the deadline. An event that is recorded twice counts once. It says how many documents there are now.',
    ),
  )
    .option('--account-deleted', 'the account was deleted (default: the use of the feature was terminated)')
    .option('--at <instant>', 'when it took or takes effect, ISO 8601 (default: now)')
    .option('--immediate', 'skip the cancel window; on a terminal it asks first')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      examples(
        'terminate --uin 9007199254740993 --account-deleted',
        'terminate --uin 9007199254740993 --app 1400100201',
      ),
    )
    .action(({ accountDeleted = false, immediate = false, yes = false, ...options }) =>
      invoke({ command: 'terminate', accountDeleted, immediate, yes, ...split(options) } as ErasureInvocation),
    );

  ofSubject(
    add(
      'reinstate',
      'Cancels every termination of an account, or of one application, up to an instant.',
      'In time it ends the erasure too, and says how many it cancelled. After the erasure it is recorded, and brings nothing back. It ends with 3 when there was nothing to cancel.',
    ),
  )
    .option('--at <instant>', 'when it took effect, ISO 8601 (default: now)')
    .addHelpText('after', examples('reinstate --uin 9007199254740993'))
    .action((options) => invoke({ command: 'reinstate', ...split(options) } as ErasureInvocation));
};

/** The options of `status`. */
interface StatusOptions {
  readonly json?: boolean;
  readonly policy?: string;
  readonly uin?: string;
  readonly app?: string;
  readonly closed?: boolean;
  readonly since?: string;
  readonly until?: string;
  readonly csv?: boolean;
  readonly prometheus?: boolean;
  readonly quiet?: boolean;
}

/** Refuses what cannot be said in the text format of Prometheus. */
const assertPrometheusAlone = (command: Command, options: StatusOptions): void => {
  const { uin, app, closed, csv, json, quiet } = options;
  if (options.prometheus !== true) return;
  if ([uin, app, closed, csv, json, quiet].some((each) => each !== undefined && each !== false))
    command.error('error: --prometheus goes with --policy only');
};

/** The period of `--closed`; undefined without it. */
const closedOf = (command: Command, { closed, since, until, csv, uin, app, json }: StatusOptions) => {
  const refuse = (words: string): never => command.error(`error: ${words}`);
  if (closed !== true)
    return since !== undefined || until !== undefined || csv === true
      ? refuse('--since, --until and --csv go with --closed')
      : undefined;
  if (uin !== undefined || app !== undefined) return refuse('--closed lists all accounts: receipt --uin shows one');
  if (json === true && csv === true) return refuse('--json and --csv do not go together');
  return { csv: csv === true, ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
};

const addStatus = (add: Add, invoke: Invoke, examples: Examples): void => {
  const command = add(
    'status',
    'Shows what is owed to whom: pending, due, overdue, braked, erased, held, and the hours left.',
    'Subjects appear as the beginning of a keyed hash. With --uin it shows what the ledger holds of exactly that account, with --app of that application. With --closed it lists what was erased in a period: deadline, in time or not, receipt.',
  );
  command
    .option('--uin <account>', 'only this account')
    .option('--app <id>', 'only this application of it')
    .option('--closed', 'the erasures that were closed in a period')
    .option(...SINCE)
    .option(...UNTIL)
    .option('--csv', 'the closed erasures as CSV, with more columns')
    .option('--prometheus', 'the numbers, and those of the last runs, in the text format of Prometheus')
    .addHelpText(
      'after',
      examples(
        'status',
        'status --uin 9007199254740993',
        'status --prometheus',
        'status --closed --since 2026-01-01 --until 2026-03-31',
      ),
    )
    .action((options: StatusOptions) => {
      assertPrometheusAlone(command, options);
      const closed = closedOf(command, options);
      const { json, policy, uin, app, prometheus } = options;
      const subject = { ...(uin !== undefined && { uin }), ...(app !== undefined && { app }) };
      const asked = { ...(json !== undefined && { json }), ...(policy !== undefined && { policy }) };
      return invoke({
        command: 'status',
        ...split(asked),
        ...subject,
        ...(closed !== undefined && { closed }),
        ...(prometheus === true && { prometheus }),
      });
    });
};

const addLooks = (add: Add, invoke: Invoke, examples: Examples): void => {
  ofSubject(add('receipt', 'Shows the receipts of an account or application, and what opens them.'))
    .option('--out <file>', 'write the newest receipt (the signed text) into a new file')
    .addHelpText(
      'after',
      examples('receipt --uin 9007199254740993', 'receipt --uin 9007199254740993 --out receipt.jws'),
    )
    .action((options) => invoke({ command: 'receipt', ...split(options) } as ErasureInvocation));

  add(
    'reconcile',
    'Lists accounts that have data under a termination rule, and are neither active nor being erased.',
    'One lost webhook would keep their data forever. Erases nothing, and records nothing. It prints account numbers: mind who reads it.',
  )
    .addOption(
      new Option(
        '--active <file>',
        'accounts in use: CSV in UTF-8 with one a line, uin or uin,application',
      ).makeOptionMandatory(),
    )
    .option(...ALLOW_EMPTY)
    .addHelpText('after', examples('reconcile --active accounts.txt'))
    .action(({ allowEmpty = false, ...options }) =>
      invoke({ command: 'reconcile', allowEmpty, ...split(options) } as ErasureInvocation),
    );
};

const addReplay = (add: Add, invoke: Invoke, examples: Examples): void => {
  add(
    'replay',
    'Records every event of the archive again, after the cluster was restored, or the ledger was lost.',
    'What the ledger knows is not counted twice; what it has forgotten is owed again, and erased by the next runs.',
  )
    .option('--renamed <old=new...>', 'a category that the policy calls otherwise now: move what is owed in it')
    .addHelpText('after', examples('replay', 'replay --renamed console-configuration=console'))
    .option('--despite-missing', 'record terminations although the archive has lost copies that nobody knows')
    .action(({ despiteMissing = false, ...options }) =>
      invoke({ command: 'replay', despiteMissing, ...split(options) } as ErasureInvocation),
    );
};

/**
 * Adds the commands about terminations.
 * @param add creates a command with the options `--policy` and `--json`.
 */
export const addErasureCommands = (add: Add, invoke: Invoke, examples: Examples): void => {
  addEvents(add, invoke, examples);
  addStatus(add, invoke, examples);
  addLooks(add, invoke, examples);
  addReplay(add, invoke, examples);
};
