import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { brakedCommand, decideBrakedCommand } from '../../../../lib/cli/commands/erasure/braked-command.ts';
import { receiptCommand } from '../../../../lib/cli/commands/erasure/receipt-command.ts';
import { reconcileCommand } from '../../../../lib/cli/commands/erasure/reconcile-command.ts';
import { statusCommand } from '../../../../lib/cli/commands/erasure/status-command.ts';
import { terminateCommand } from '../../../../lib/cli/commands/erasure/terminate-command.ts';
import { housekeepingCommand } from '../../../../lib/cli/commands/records/housekeeping-command.ts';
import { replayCommand } from '../../../../lib/cli/commands/records/replay-command.ts';
import { renderPage } from '../../../../lib/cli/output/page.ts';
import type { Result } from '../../../../lib/cli/output/result.ts';
import type { LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import {
  ACCOUNTS,
  EditedRecords,
  type OwnDocument,
  type Stands,
  type Visibility,
} from '../../../support/erasure/edited-records.ts';
import { anyValue, type Path, pathsIn, valueAt, withValue } from '../../../support/erasure/edited-values.ts';
import fc from '../../../support/run/fast-check.ts';
import { propertyRuns } from '../../../support/run/property-runs.ts';

const EDITED = ['receipted', 'unreceipted', 'due', 'pending', 'braked', 'cancelled', 'watched'] as const;
type Edited = (typeof EDITED)[number];

/** What a person does about it. */
const ACTS = {
  nothing: async () => undefined,
  replay: ({ session }: EditedRecords) => replayCommand(session),
  reinstate: ({ session, terminal }: EditedRecords, uin: string) =>
    terminateCommand(session, { command: 'reinstate', uin } as never, terminal),
  terminate: ({ session, terminal }: EditedRecords, uin: string) =>
    terminateCommand(session, { command: 'terminate', uin, accountDeleted: true } as never, terminal),
  confirm: ({ session, terminal }: EditedRecords) =>
    decideBrakedCommand(session, { command: 'confirm', selection: {}, all: true, yes: true } as never, terminal),
  cancel: ({ session, terminal }: EditedRecords) =>
    decideBrakedCommand(session, { command: 'cancel', selection: {}, all: true, yes: true } as never, terminal),
  housekeeping: ({ session }: EditedRecords) => housekeepingCommand(session, false),
} as const satisfies Readonly<Record<string, (records: EditedRecords, uin: string) => Promise<Result | undefined>>>;
type Act = keyof typeof ACTS;

/** One value of one document is replaced: by any JSON, or by what stands there in another account's. */
interface Edit {
  readonly of: Edited;
  readonly at: number;
  readonly path: Path;
  readonly value: unknown;
  readonly from: Stands | undefined;
  readonly seen: Visibility;
  readonly act: Act;
  readonly actsFirst: boolean;
}

const arbitraryEdit = async (): Promise<fc.Arbitrary<Edit>> => {
  const places: { readonly of: Edited; readonly at: number; readonly path: Path }[] = [];
  for (const of of EDITED) {
    const documents = (await EditedRecords.open(of === 'braked')).documents(of);
    for (const [at, { source }] of documents.entries())
      for (const path of pathsIn(source)) places.push({ of, at, path });
  }
  const change = fc.record({
    value: anyValue,
    from: fc.option(fc.constantFrom<Stands>('neighbour', 'receipted', 'due', 'cancelled'), { nil: undefined, freq: 3 }),
    seen: fc.constantFrom<Visibility>('by every search', 'by none'),
    act: fc.constantFrom(...(Object.keys(ACTS) as Act[])),
    actsFirst: fc.boolean(),
  });
  return fc.tuple(fc.constantFrom(...places), change).map(([place, changed]) => ({ ...place, ...changed }));
};

/** By these searches find documents: what else is edited hides none. */
const SEARCHED = ['category', 'subject', 'state', 'obligation', 'type', 'hash', 'at'];
const isSearched = (path: Path): boolean => SEARCHED.includes(path[0] ?? '') && path.at(-1) !== 'requestId';

const valueFor = ({ path, value, from }: Edit, { kind }: OwnDocument, records: EditedRecords): unknown => {
  const other = from && records.documents(from).find((each) => each.kind === kind);
  return other === undefined ? value : valueAt(other.source, path);
};

/** Every command that only looks. */
const look = async (records: EditedRecords, of: Edited): Promise<readonly Result[]> => {
  const { session, active } = records;
  const uin = ACCOUNTS[of];
  return [
    await statusCommand(session, { json: true }),
    await statusCommand(session, { json: true, subject: { uin } }),
    await receiptCommand(session, { command: 'receipt', uin } as never),
    await brakedCommand(session, { command: 'braked', selection: {} } as never),
    await housekeepingCommand(session, true),
    await reconcileCommand(session, active, false),
  ];
};

const textOf = ({ page, json }: Result): string =>
  `${renderPage(page, { paint: (_, text) => text })}\n${JSON.stringify(json)}`;

/** Reconciling lists accounts, which is what it is for; others name at most the one that they were asked about. */
const expectNobodyNamed = (results: readonly (Result | undefined)[], of: Edited): void => {
  const others = Object.values(ACCOUNTS).filter((uin) => uin !== ACCOUNTS[of]);
  for (const result of results.filter((each) => each !== undefined && each.json.command !== 'reconcile'))
    for (const uin of others) expect(textOf(result as Result)).not.toContain(uin);
};

/** Whoever is owed nothing now keeps his data, and whoever is owed an erasure, and was not edited, has none left. */
const expectRightErased = (left: readonly string[], { of, act }: Edit): void => {
  expect(left).toEqual(expect.arrayContaining([ACCOUNTS.pending, ACCOUNTS.cancelled]));
  // A person who terminates confirms by that.
  if (act !== 'confirm' && !(of === 'braked' && act === 'terminate')) expect(left).toContain(ACCOUNTS.braked);
  expect(left).not.toContain(ACCOUNTS.neighbour);
  if (of !== 'due') expect(left).not.toContain(ACCOUNTS.due);
};

/** Nobody is told of an erasure whose documents are there. */
const expectTrueWord = (records: EditedRecords): void => {
  const completed = records.told.filter((each) => each.includes('Completed') && each.includes('"settings"'));
  for (const [of, uin] of Object.entries(ACCOUNTS)) {
    const hashes = records.documents(of as Stands).map(({ source }) => (source as LedgerEntry).subject?.hash);
    if (!records.left('settings').includes(uin)) continue;
    for (const each of completed) expect(hashes.some((hash) => hash && each.includes(hash))).toBe(false);
  }
};

const expectOthersReceipted = (records: EditedRecords, of: Edited): void => {
  if (of === 'unreceipted') return;
  const [entry] = records.documents('unreceipted') as [OwnDocument];
  expect((entry.source as LedgerEntry).closures[0]?.receipt).toBeDefined();
};

/** After a replay all is as it would be had nobody edited anything. */
const expectRestored = async (records: EditedRecords, { of, act }: Edit): Promise<void> => {
  if (act !== 'replay') return;
  for (let run = 0; run < 2; run += 1) await records.run('settings');
  expect((await records.run('settings')).kept).toBe(of !== 'braked');
  expect(records.left('settings')).toEqual([ACCOUNTS.pending, ACCOUNTS.braked, ACCOUNTS.cancelled]);
};

const tryOut = async (edit: Edit): Promise<void> => {
  const { of, at, path, seen, act, actsFirst } = edit;
  const records = await EditedRecords.open(of === 'braked');
  const document = records.documents(of)[at] as OwnDocument;
  const source = withValue(document.source, path, valueFor(edit, document, records));
  const isHidden = isSearched(path) && !isDeepStrictEqual(source, document.source);
  await records.edit(document, source, isHidden ? seen : 'by every search');
  const before = await look(records, of);
  const first = actsFirst ? await ACTS[act](records, ACCOUNTS[of]) : undefined;
  const { kept } = await records.run('settings');
  const left = records.left('settings');
  expectRightErased(left, edit);
  const isBack = actsFirst && act === 'reinstate';
  if (left.includes(ACCOUNTS.due) && !isBack) expect(kept).toBe(false);
  expectOthersReceipted(records, of);
  const other = await records.run('console');
  if (of !== 'braked') expect(other.kept).toBe(true);
  const after = await look(records, of);
  if (left.includes(ACCOUNTS.due) && !isBack) expect(textOf(after[0] as Result)).not.toMatch(/^Owed: nothing/);
  const second = actsFirst ? undefined : await ACTS[act](records, ACCOUNTS[of]);
  await records.run('settings');
  await expectRestored(records, edit);
  expectNobodyNamed([...before, first, ...after, second, ...(await look(records, of))], of);
  expectTrueWord(records);
};

test('an edited record stops no command and no other erasure, and causes no false report', async () => {
  await fc.assert(fc.asyncProperty(await arbitraryEdit(), tryOut), { numRuns: propertyRuns(40, 400) });
}, 600_000);
