import { type Command, Option } from 'commander';
import type { Selection } from '../session.ts';
import type { Add, CategoryOptions, Examples } from './command-types.ts';

/** Commands by which a person keeps documents, or stops everything destructive. */
export type ControlInvocation =
  | (CategoryOptions & {
      readonly command: 'hold';
      readonly uin?: string;
      readonly app?: string;
      readonly index?: string;
      readonly reason: string;
      readonly by: string;
      readonly reviewAt: string;
      readonly wait?: string;
    })
  | (CategoryOptions & { readonly command: 'release'; readonly id: string; readonly by: string })
  | (CategoryOptions & { readonly command: 'holds' })
  | (CategoryOptions & {
      readonly command: 'pause';
      readonly reason: string;
      readonly by?: string;
      readonly until?: string;
      readonly wait?: string;
    })
  | (CategoryOptions & { readonly command: 'resume'; readonly despiteLost: boolean });

type Invoke = (invocation: ControlInvocation) => Promise<void>;

interface ControlOptions extends Selection {
  readonly json?: boolean;
  readonly despiteLost?: boolean;
}

const split = ({ policy, category, json = false, ...rest }: ControlOptions) => ({
  ...rest,
  json,
  selection: { ...(policy !== undefined && { policy }), ...(category !== undefined && { category }) },
});

const ofCategories = (
  command: Command,
  what = 'only these categories (default: every category that has controls)',
): Command => command.option('--category <id...>', what);

const WAIT = [
  '--wait <duration>',
  'how long to wait for requests that are still destroying, ISO 8601 (default: PT90S)',
] as const;

const addHolds = (add: Add, invoke: Invoke, examples: Examples): void => {
  ofCategories(
    add(
      'hold',
      'Keeps documents, whatever a rule says (legal hold): of an account or application, an index, or a category.',
      'It returns when no earlier request is destroying any more, or says which may be. Erasures of the account wait, and are not overdue. It stays after its review date; an alarm tells then.',
    ),
    'the whole of these categories; with --uin or --index: only there (default then: every category)',
  )
    .option('--uin <account>', 'the documents of this account')
    .option('--app <id>', 'only those of this application of it')
    .option('--index <name>', 'all documents of this index, or data stream')
    .addOption(new Option('--reason <text>', 'why; only who may read the controls sees it').makeOptionMandatory())
    .addOption(new Option('--by <name>', 'who decided').makeOptionMandatory())
    .addOption(new Option('--review-at <date>', 'when to decide again').makeOptionMandatory())
    .option(...WAIT)
    .addHelpText(
      'after',
      examples(
        'hold --uin 9007199254740993 --reason "case 4711" --by "A. Jurist" --review-at 2027-03-01',
        'hold --index trtc-sdk-log-2026.11.20 --reason "incident 12" --by ops --review-at 2026-12-24',
      ),
    )
    .action((options) => invoke({ command: 'hold', ...split(options) } as ControlInvocation));

  ofCategories(add('release <id>', 'Ends a hold. The next run of each category catches up by itself.'))
    .addOption(new Option('--by <name>', 'who decided').makeOptionMandatory())
    .addHelpText('after', examples('release hold_0f8fad5b-d9cb-469f-a165-70867728950e --by "A. Jurist"'))
    .action((id: string, options) => invoke({ command: 'release', id, ...split(options) } as ControlInvocation));

  ofCategories(
    add(
      'holds',
      'Lists open holds and pauses, with reasons and account numbers: mind who reads it.',
      'It ends with 3 where a review date has passed.',
    ),
  )
    .addHelpText('after', examples('holds', 'holds --json'))
    .action((options: ControlOptions) => {
      const { despiteLost, ...invocation } = split(options);
      return invoke({ command: 'holds', ...invocation });
    });
};

const addPauses = (add: Add, invoke: Invoke, examples: Examples): void => {
  ofCategories(
    add(
      'pause',
      'Stops everything destructive, of functions and of the command line. Counting and alarms go on.',
      'It returns when no earlier request is destroying any more, or says which may be. It ends by itself. It says which promise it breaks, and when, and ends with 3 then.',
    ),
  )
    .addOption(new Option('--reason <text>', 'why; only who may read the controls sees it').makeOptionMandatory())
    .option('--by <name>', 'who decided')
    .option('--until <instant>', 'its end, a date or ISO 8601 (default: in 24 hours)')
    .option(...WAIT)
    .addHelpText('after', examples('pause --reason "wrong policy?"', 'pause --category uins --reason "migration"'))
    .action((options) => invoke({ command: 'pause', ...split(options) } as ControlInvocation));

  ofCategories(add('resume', 'Ends a pause. The next run works as usual.'))
    .option('--despite-lost', 'accept controls of which an earlier state was lost: no hold is missing')
    .addHelpText('after', examples('resume', 'resume --category uins'))
    .action(({ despiteLost = false, ...options }: ControlOptions) =>
      invoke({ command: 'resume', despiteLost, ...split(options) }),
    );
};

/**
 * Adds the commands for holds and pauses.
 * @param add creates a command with the options `--policy` and `--json`.
 */
export const addControlCommands = (add: Add, invoke: Invoke, examples: Examples): void => {
  addHolds(add, invoke, examples);
  addPauses(add, invoke, examples);
};
