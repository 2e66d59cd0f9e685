import { type Command, Option } from 'commander';
import type { Selection } from '../session.ts';
import type { Add, CategoryOptions, Examples } from './command-types.ts';
import { ALLOW_EMPTY } from './erasure-program.ts';

/** Commands that look at the data of categories, or remove the due documents. */
export type PurgeInvocation =
  | (CategoryOptions & { readonly command: 'verify'; readonly allowEmpty: boolean })
  | (CategoryOptions & { readonly command: 'plan'; readonly allowEmpty: boolean; readonly all: boolean })
  | (CategoryOptions & {
      readonly command: 'purge';
      readonly execute: boolean;
      readonly yes: boolean;
      readonly allowEmpty: boolean;
      readonly throttle: boolean;
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
    .addHelpText('after', examples('plan', 'plan --category sdk-logs uins', 'plan --all', 'plan --json | jq .summary'))
    .action(({ json = false, allowEmpty = false, all = false, policy, category }: PurgeOptions) =>
      invoke({
        ...{ command: 'plan', json, allowEmpty, all },
        selection: { ...(policy !== undefined && { policy }), ...(category !== undefined && { category }) },
      }),
    );

  ofSeveral(add('verify', 'Asks whether every promise is kept at this moment. Changes nothing.'))
    .addHelpText('after', examples('verify', 'verify --json || echo "not kept"'))
    .action(({ json = false, allowEmpty = false, policy, category }: PurgeOptions) =>
      invoke({
        ...{ command: 'verify', json, allowEmpty },
        selection: { ...(policy !== undefined && { policy }), ...(category !== undefined && { category }) },
      }),
    );
};

const addPurge = (add: Add, invoke: Invoke, examples: Examples): void => {
  ofSeveral(
    add(
      'purge',
      'Removes what is expired, erases what is owed to subjects, and verifies that it is gone.',
      'Without --execute it is a dry run. With it, on a terminal, it asks once, naming cluster and numbers, unless ' +
        '--yes answers that; off a terminal (scripts, cron) nobody can be asked, and --execute is enough. Under ' +
        '"mode: observe" nothing is destroyed, ever.',
    ),
  )
    .option('--execute', 'destroy what is due')
    .option('--yes', 'do not ask')
    .option('--no-throttle', 'delete as fast as possible, even if searches of others become slow')
    .addHelpText('after', examples('purge', 'purge --execute', 'purge --category sdk-logs --execute --yes --json'))
    .addHelpText(
      'after',
      '\nCtrl-C ends it after the requests in flight and reports what is left; the next run continues.',
    )
    .action(
      ({
        json = false,
        execute = false,
        yes = false,
        allowEmpty = false,
        throttle = true,
        ...selection
      }: PurgeOptions) => invoke({ command: 'purge', selection, json, execute, yes, allowEmpty, throttle }),
    );
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
