import { type Command, Option } from 'commander';
import type { SavedPlanOptions } from '../saved/accept-plan.ts';
import type { Selection } from '../session.ts';
import type { Add, CategoryOptions, Examples } from './command-types.ts';
import { ALLOW_EMPTY } from './erasure-program.ts';

/** Commands that look at the data of categories, or remove the due documents. */
export type PurgeInvocation =
  | (CategoryOptions & { readonly command: 'verify'; readonly allowEmpty: boolean })
  | (CategoryOptions & {
      readonly command: 'plan';
      readonly allowEmpty: boolean;
      readonly all: boolean;
      readonly out?: string;
    })
  | (CategoryOptions & {
      readonly command: 'purge';
      readonly execute: boolean;
      readonly yes: boolean;
      readonly allowEmpty: boolean;
      readonly throttle: boolean;
      /** The saved plan to carry out. */
      readonly plan?: SavedPlanOptions;
    })
  | (CategoryOptions & {
      readonly command: 'backfill-dates';
      readonly execute: boolean;
      readonly ingestedAt: string;
      readonly index?: string;
    });

interface PurgeOptions extends Selection {
  readonly json?: boolean;
  readonly execute?: boolean;
  readonly yes?: boolean;
  readonly allowEmpty?: boolean;
  readonly all?: boolean;
  readonly throttle?: boolean;
  readonly out?: string;
  readonly plan?: string;
  readonly by?: string;
  readonly reason?: string;
  readonly ingestedAt?: string;
  readonly index?: string;
}

type BackfillOptions = Omit<PurgeOptions, 'category'> & { readonly category: string };

type Invoke = (invocation: PurgeInvocation) => Promise<void>;

const ofSeveral = (command: Command): Command =>
  command.option('--category <id...>', 'only these categories (default: all of the policy)').option(...ALLOW_EMPTY);

const addLooks = (add: Add, invoke: Invoke, examples: Examples): void => {
  ofSeveral(add('plan', 'Shows, index by index, what a purge would do and why. Changes nothing.'))
    .option('--all', 'also the indices that stay as they are')
    .option('--out <file>', 'saves the plan in a new file, signed, so that purge --plan can carry out exactly this')
    .addHelpText(
      'after',
      examples(
        'plan',
        'plan --category sdk-logs uins',
        'plan --all',
        'plan --category sdk-logs --out plan.jws',
        'plan --json | jq .summary',
      ),
    )
    .action(({ json = false, allowEmpty = false, all = false, out, policy, category }: PurgeOptions) =>
      invoke({
        command: 'plan',
        json,
        allowEmpty,
        all,
        ...(out !== undefined && { out }),
        selection: { ...(policy !== undefined && { policy }), ...(category !== undefined && { category }) },
      }),
    );

  ofSeveral(add('verify', 'Asks whether every promise is kept at this moment. Changes nothing.'))
    .addHelpText('after', examples('verify', 'verify --json || echo "not kept"'))
    .action(({ json = false, allowEmpty = false, policy, category }: PurgeOptions) =>
      invoke({
        command: 'verify',
        json,
        allowEmpty,
        selection: { ...(policy !== undefined && { policy }), ...(category !== undefined && { category }) },
      }),
    );
};

/** The saved plan to carry out, with the statements that it needs. Without these, the command line is refused. */
const askedPlan = (command: Command, { plan, by, reason }: PurgeOptions): { readonly plan?: SavedPlanOptions } => {
  if (plan === undefined) {
    if (by !== undefined || reason !== undefined) command.error('error: --by and --reason belong to --plan');
    return {};
  }
  if (by === undefined || reason === undefined)
    return command.error('error: with --plan, say who carries it out and why: --by NAME --reason WHY');
  return { plan: { file: plan, by, reason } };
};

const addPurge = (add: Add, invoke: Invoke, examples: Examples): void => {
  const command = ofSeveral(
    add(
      'purge',
      'Removes what is expired, erases what is owed to subjects, and verifies that it is gone.',
      'Without --execute it is a dry run. With it, on a terminal, it asks once, naming cluster and numbers, unless ' +
        '--yes answers that; off a terminal (scripts, cron) nobody can be asked, and --execute is enough. Under ' +
        '"mode: observe" nothing is destroyed, ever.',
    ),
  );
  command
    .option('--execute', 'destroy what is due')
    .option('--yes', 'do not ask')
    .option('--no-throttle', 'delete as fast as possible, even if searches of others become slow')
    .option('--plan <file>', 'does only what stands in this saved plan too, even if the guard refuses its share')
    .option('--by <name>', 'with --plan: who carries it out. The report says it')
    .option('--reason <text>', 'with --plan: why. The report says it, so write no account into it')
    .addHelpText(
      'after',
      examples(
        'purge',
        'purge --execute',
        'purge --category sdk-logs --execute --yes --json',
        'purge --plan plan.jws --execute --by "A. Engineer" --reason "backlog of the migration"',
      ),
    )
    .addHelpText(
      'after',
      '\nCtrl-C ends it after the requests in flight and reports what is left; the next run continues.',
    )
    .action((options: PurgeOptions) => {
      const { json = false, execute = false, yes = false, allowEmpty = false, throttle = true } = options;
      const { policy, category } = options;
      return invoke({
        command: 'purge',
        json,
        execute,
        yes,
        allowEmpty,
        throttle,
        ...askedPlan(command, options),
        selection: { ...(policy !== undefined && { policy }), ...(category !== undefined && { category }) },
      });
    });
};

const addBackfillDates = (add: Add, invoke: Invoke, examples: Examples): void => {
  add(
    'backfill-dates',
    'Sets an ingestion date on documents that have no usable date, so that they age out.',
    'You vouch for that date. It deletes nothing, and says what it has read back. It writes into no index where that would lose or change anything else. Without --execute it is a dry run.',
  )
    .alias('settle') // the name in 0.1.0
    .addOption(new Option('--category <id>', 'the category').makeOptionMandatory())
    .addOption(
      new Option(
        '--ingested-at <instant>',
        'by when these documents were in the cluster, ISO 8601',
      ).makeOptionMandatory(),
    )
    .option('--index <name>', 'only this index of the category')
    .option('--execute', 'write the date into them')
    .addHelpText('after', examples('backfill-dates --category sdk-logs --ingested-at 2026-11-01T00:00:00Z --execute'))
    .action(({ json = false, execute = false, ingestedAt = '', index, policy, category }: BackfillOptions) =>
      invoke({
        command: 'backfill-dates',
        selection: { ...(policy === undefined ? {} : { policy }), category: [category].flat() },
        json,
        execute,
        ingestedAt,
        ...(index !== undefined && { index }),
      }),
    );
};

/** Adds `plan`, `verify`, `purge` and `backfill-dates`. */
export const addPurgeCommands = (add: Add, invoke: Invoke, examples: Examples): void => {
  addLooks(add, invoke, examples);
  addPurge(add, invoke, examples);
  addBackfillDates(add, invoke, examples);
};
