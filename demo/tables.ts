import { styleText } from 'node:util';
import Table from 'cli-table3';
import type { RetentionPolicy } from '../lib/policy/retention-policy.ts';
import { describeDuration } from '../lib/policy/time/duration.ts';
import type { Verification } from '../lib/purge/verify.ts';
import type { Invocation } from './invoke.ts';

type Cell = string | number;
/** One column: its heading (numbers are aligned to the right) and what it says about a row. */
type Column<Row> = readonly [heading: string, align: 'left' | 'right', cell: (row: Row) => Cell];

const number = new Intl.NumberFormat('en-US');
const NOTHING = '–';

/** A number with its thousands apart: `118,402`. */
export const amount = (value: number): string => number.format(value);

// Colours are for terminals: styleText leaves them out elsewhere.
const good = (text: string): string => styleText('green', text);
const bad = (text: string): string => styleText('red', text);

const chars = Object.fromEntries(
  'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid middle'
    .split(' ')
    .map((name) => [name, '']),
);

const render = <Row>(rows: readonly Row[], columns: readonly Column<Row>[], totals?: readonly Cell[]): string => {
  const table = new Table({
    head: columns.map(([heading]) => styleText('dim', heading)),
    colAligns: columns.map(([, align]) => align),
    chars,
    style: { head: [], border: [], 'padding-left': 2, 'padding-right': 0 },
  });
  const text = (cell: Cell): string => (typeof cell === 'number' ? amount(cell) : cell);
  for (const row of rows) table.push(columns.map(([, , cell]) => text(cell(row))));
  if (totals !== undefined) table.push(totals.map((cell) => styleText('bold', text(cell))));
  return table
    .toString()
    .split('\n')
    .map((line) => line.slice(2).trimEnd())
    .join('\n');
};

const sum = <Row>(rows: readonly Row[], value: (row: Row) => number): number =>
  rows.reduce((total, row) => total + value(row), 0);

const ageAt = ({ oldestAt, verifiedAt }: Verification): string =>
  oldestAt === undefined ? NOTHING : describeDuration(verifiedAt - oldestAt);

const verdict = ({ category, kept }: Verification): string => {
  if (!kept) return bad('overdue');
  return good(category.rules.age === undefined ? 'kept while in use' : 'kept');
};

/** The state of every category before the functions ran. */
export const stateTable = (states: readonly Verification[]): string =>
  render(
    states,
    [
      ['category', 'left', ({ category }) => category.id],
      ['indices', 'right', ({ totals }) => totals.indices],
      ['documents', 'right', ({ totals }) => totals.documents],
      ['expired', 'right', ({ category, totals }) => (category.rules.age === undefined ? NOTHING : totals.due)],
      ['oldest', 'right', ageAt],
      ['lag', 'right', ({ category, retentionLag }) => lagOf(category.rules.age !== undefined, retentionLag)],
      ['verdict', 'left', verdict],
    ],
    [
      'all',
      sum(states, ({ totals }) => totals.indices),
      sum(states, ({ totals }) => totals.documents),
      sum(states, ({ totals }) => totals.due),
      '',
      '',
      '',
    ],
  );

const lagOf = (hasAgeRule: boolean, lag: number): string => (hasAgeRule ? describeDuration(lag) : NOTHING);

/** Documents that went one by one, out of indices that stay. */
const deletedOneByOne = ({ report }: Invocation): number =>
  sum(
    report.indices.filter(({ did }) => did === 'deleted'),
    ({ documentsRemoved }) => documentsRemoved,
  );

const droppedWithIndices = (invocation: Invocation): number =>
  invocation.report.documentsRemoved - deletedOneByOne(invocation);

/** The state of every category after its function ran, out of the functions' reports. */
export const outcomeTable = (invocations: readonly Invocation[], policy: RetentionPolicy): string => {
  const hasAgeRule = ({ report }: Invocation): boolean =>
    policy.categories.get(report.category)?.rules.age !== undefined;
  const age = ({ report }: Invocation): string =>
    report.oldestAgeMilliseconds === undefined ? NOTHING : describeDuration(report.oldestAgeMilliseconds);
  const columns: readonly Column<Invocation>[] = [
    ['category', 'left', ({ report }) => report.category],
    ['indices left', 'right', ({ report }) => report.found.indices],
    ['dropped', 'right', ({ report }) => report.indicesDropped],
    ['documents left', 'right', ({ report }) => report.found.documents],
    ['gone with them', 'right', droppedWithIndices],
    ['deleted singly', 'right', deletedOneByOne],
    ['oldest', 'right', age],
    ['lag', 'right', (invocation) => lagOf(hasAgeRule(invocation), invocation.report.retentionLagMilliseconds)],
    ['outcome', 'left', ({ report }) => (report.outcome === 'complete' ? good : bad)(report.outcome)],
  ];
  return render(invocations, columns, [
    'all',
    sum(invocations, ({ report }) => report.found.indices),
    sum(invocations, ({ report }) => report.indicesDropped),
    sum(invocations, ({ report }) => report.found.documents),
    sum(invocations, droppedWithIndices),
    sum(invocations, deletedOneByOne),
    '',
    '',
    '',
  ]);
};
