import type { Command } from 'commander';
import { type AskedPeriod, SINCE, UNTIL } from '../past/period.ts';
import type { Selection } from '../session.ts';
import type { Add, CategoryOptions, Examples } from './command-types.ts';
import { ALLOW_EMPTY } from './erasure-program.ts';

/** Commands about what was: the reports of earlier runs, and the evidence of a period. */
export type PastInvocation =
  | (CategoryOptions & AskedPeriod & { readonly command: 'history'; readonly daily: boolean; readonly csv: boolean })
  | (CategoryOptions &
      AskedPeriod & { readonly command: 'evidence'; readonly out: string; readonly withPolicy: readonly string[] })
  | (CategoryOptions & { readonly command: 'report'; readonly html?: string; readonly allowEmpty: boolean })
  | (CategoryOptions & { readonly command: 'concept'; readonly html?: string; readonly at?: string });

interface PastOptions extends Selection, AskedPeriod {
  readonly json?: boolean;
  readonly daily?: boolean;
  readonly csv?: boolean;
  readonly html?: string;
  readonly at?: string;
  readonly allowEmpty?: boolean;
  readonly out?: string;
  readonly withPolicy?: readonly string[];
}

type Invoke = (invocation: PastInvocation) => Promise<void>;

const ofPeriod = (command: Command): Command =>
  command
    .option('--category <id...>', 'only these categories (default: all of the policy)')
    .option(...SINCE)
    .option(...UNTIL);

/** The options that all commands of this file share. */
const periodOf = ({ since, until }: AskedPeriod): AskedPeriod => ({
  ...(since !== undefined && { since }),
  ...(until !== undefined && { until }),
});

const selectionOf = ({ policy, category }: Selection): Selection => ({
  ...(policy !== undefined && { policy }),
  ...(category !== undefined && { category }),
});

const addHistory = (add: Add, invoke: Invoke, examples: Examples): void => {
  const command = ofPeriod(
    add(
      'history',
      'Shows what the runs of a period found and did, category by category. Changes nothing.',
      'It reads the reports of the runs: outcomes, the largest lag, the oldest document, overdue documents, and times without a run. Reports are kept as long as reports.maxAge says.',
    ),
  );
  command
    .option('--daily', 'a line for each day')
    .option('--csv', 'the table as CSV, with more columns')
    .addHelpText(
      'after',
      examples(
        'history --since P90D',
        'history --category backend-logs --since 2026-01-01 --until 2026-03-31',
        'history --since 2026-01-01 --daily --csv > history.csv',
      ),
    )
    .action(({ json = false, daily = false, csv = false, ...options }: PastOptions) => {
      if (json && csv) command.error('error: --json and --csv do not go together');
      return invoke({
        command: 'history',
        selection: selectionOf(options),
        json,
        daily,
        csv,
        ...periodOf(options),
      });
    });
};

const addReport = (add: Add, invoke: Invoke, examples: Examples): void => {
  const command = add(
    'report',
    'Writes the state of all promises and the last 90 days as one HTML page, to read or to print.',
    'The page has no scripts and needs no network. It quotes each promise, and shows the oldest documents against their limits, the lag, what was removed and what falls due, erasures, holds, times without a run, and refused plans. It names no account. Changes nothing in the cluster.',
  );
  command
    .option('--category <id...>', 'only these categories (default: all of the policy)')
    .option('--html <file>', 'writes the page; replaces the file')
    .option(...ALLOW_EMPTY)
    .addHelpText('after', examples('report --html report.html', 'report --json'))
    .action(({ json = false, allowEmpty = false, html, ...options }: PastOptions) => {
      if (!json && html === undefined)
        command.error('error: name the file of the page (--html report.html), or ask for its data (--json)');
      return invoke({
        command: 'report',
        selection: selectionOf(options),
        json,
        allowEmpty,
        ...(html !== undefined && { html }),
      });
    });
};

const addEvidence = (add: Add, invoke: Invoke, examples: Examples): void => {
  ofPeriod(
    add(
      'evidence',
      'Writes what proves a period into a new zip, to hand out.',
      'It holds the signed statements of the audit, the receipts, the reports of the runs, the policies in force, the public keys, and a page on how to check all of it without es-retention. It names no account. Needs the archive and the key ring. Changes nothing in the cluster.',
    ),
  )
    .requiredOption('--out <file>', 'the zip; an existing file is not touched')
    .option('--with-policy <file...>', 'files with the earlier versions of the policy that were in force')
    .addHelpText('after', examples('evidence --since 2026-01-01 --until 2026-03-31 --out evidence.zip'))
    .action(({ json = false, out = '', withPolicy = [], ...options }: PastOptions) =>
      invoke({
        command: 'evidence',
        selection: selectionOf(options),
        json,
        out,
        withPolicy,
        ...periodOf(options),
      }),
    );
};

const addConcept = (add: Add, invoke: Invoke, examples: Examples): void => {
  add(
    'concept',
    'Prints the deletion concept as Markdown: the rules of the policy, and what the records of a day say of them.',
    'It uses the published vocabulary of ISO/IEC 27555 and DIN 66398, and holds a record by Article 30 of the GDPR. Each statement of practice names its evidence, a report or a signed statement younger than a day, or says MISSING. If ELASTICSEARCH_URL is not set, it asks no server, and all of them are MISSING. It names no account. Changes nothing.',
  )
    .option('--category <id...>', 'only these categories (default: all of the policy)')
    .option('--html <file>', 'writes it as an HTML page instead; replaces the file')
    .option('--at <when>', 'as of this instant (ISO 8601), or of the end of this date (2026-03-31) (default: now)')
    .addHelpText('after', examples('concept > concept.md', 'concept --html concept.html', 'concept --at 2026-03-31'))
    .action(({ json = false, html, at, ...options }: PastOptions) =>
      invoke({
        command: 'concept',
        selection: selectionOf(options),
        json,
        ...(html !== undefined && { html }),
        ...(at !== undefined && { at }),
      }),
    );
};

/** Adds `report`, `history`, `evidence` and `concept`. */
export const addPastCommands = (add: Add, invoke: Invoke, examples: Examples): void => {
  addReport(add, invoke, examples);
  addHistory(add, invoke, examples);
  addEvidence(add, invoke, examples);
  addConcept(add, invoke, examples);
};
