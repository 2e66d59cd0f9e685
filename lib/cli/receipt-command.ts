import { writeFileSync } from 'node:fs';
import { Gathering, type Unreached } from '../erasure/gathering.ts';
import { type Closure, categoryOfEntry, type LedgerEntry } from '../erasure/ledger-entry.ts';
import { issuedReceipt } from '../erasure/receipt.ts';
import type { Subject } from '../erasure/termination-event.ts';
import { InputError, messageOf } from '../purge/errors.ts';
import type { ErasureInvocation } from './erasure-program.ts';
import { EXIT, worstOf } from './exit-code.ts';
import { type OwnReceipt, ownReceipt } from './own-receipts.ts';
import type { Page } from './page.ts';
import { doneClause } from './receipt-page.ts';
import type { Result } from './result.ts';
import { count, number } from './say.ts';
import type { Session } from './session.ts';
import { entriesOf, kidsNotInRing, ringTooOldLines } from './subject-entries.ts';
import { unreachedClauses, unreachedExitCode, unreachedJson, unreachedSection } from './unreached.ts';

type Asked = Extract<ErasureInvocation, { command: 'receipt' }>;

const idsOf = (closures: readonly Closure[]): readonly string[] => [
  ...new Set(closures.flatMap(({ receipt }) => receipt ?? [])),
];

const subjectOf = ({ uin, app }: Asked): Subject => ({ uin, ...(app !== undefined && { sdkAppId: app }) });

/** What was closed, by the category in whose ledger it stands. */
type Closed = ReadonlyMap<string, readonly Closure[]>;

const closedIn = (entries: readonly LedgerEntry[]): Closed =>
  new Map(
    [...Map.groupBy(entries, (entry) => categoryOfEntry(entry.id))].map(([category, own]) => [
      category,
      own.flatMap(({ closures }) => closures),
    ]),
  );

const receiptsOf = async (
  { erasure }: Session,
  subject: Subject,
  entries: readonly LedgerEntry[],
  closed: Closed,
  gathering: Gathering,
): Promise<readonly OwnReceipt[]> => {
  const read = await gathering.each(closed.keys(), (category) =>
    erasure.receipts(category).read(idsOf(closed.get(category) ?? [])),
  );
  // One of earlier versions, about several categories, is in the book of each.
  const receipts = [...new Map([...read.values()].flat().map((receipt) => [receipt.id, receipt])).values()];
  const ring = await erasure.keyRing();
  return receipts
    .flatMap((receipt) => ownReceipt(receipt, subject, entries, ring) ?? [])
    .sort((a, b) => (a.issuedAt < b.issuedAt ? -1 : 1));
};

/** Nothing but the signed text, not even a line end, so that the hash of the file is the receipt's. */
const write = (file: string, { jws }: OwnReceipt): void => {
  try {
    writeFileSync(file, jws, { flag: 'wx' });
  } catch (error) {
    throw new InputError(
      'not-written',
      { expected: `a new file ${file}`, found: messageOf(error), wayOut: 'Name another one with --out.' },
      error,
    );
  }
};

const receiptPage = ({ requestId, issuedAt, hash, opening, jws }: OwnReceipt, isWritten: boolean): Page => [
  '',
  `request ${requestId} · issued ${issuedAt} · sha256 ${hash}`,
  doneClause(issuedReceipt(jws)),
  `opening ${opening ?? 'none: the ledger that held it is lost, or the subject key that sealed it is not in the ring'}`,
  ...(isWritten ? [] : [jws]),
];

/** What one category does not have. */
interface MissingIn {
  readonly category: string;
  /** Closed erasures whose receipt is still to be issued. */
  readonly due: number;
  /** Receipts that were issued and are not in the book any more, or not as they were. */
  readonly lost: number;
}

/** What is known beside the receipts that are shown. */
interface Missing {
  /** By category, those that lack something. */
  readonly receipts: readonly MissingIn[];
  /** Categories that could not be asked. */
  readonly unreached: readonly Unreached[];
  /** Versions of the subject key without which somebody may not be found. */
  readonly notInRing: readonly string[];
}

/** Of a category whose receipts could not be read, nobody knows which are lost. */
const missingIn = (
  closed: Closed,
  found: readonly OwnReceipt[],
  unreached: readonly Unreached[],
): readonly MissingIn[] => {
  const there = new Set(found.map(({ id }) => id));
  return [...closed].flatMap(([category, closures]) => {
    const isRead = unreached.every((each) => each.category !== category);
    const due = closures.filter(({ receipt }) => receipt === undefined).length;
    const lost = isRead ? idsOf(closures).filter((id) => !there.has(id)).length : 0;
    return due + lost > 0 ? [{ category, due, lost }] : [];
  });
};

const sumOf = (missing: Missing, which: 'due' | 'lost'): number =>
  missing.receipts.reduce((sum, each) => sum + each[which], 0);

const namesOf = ({ receipts }: Missing, which: 'due' | 'lost'): string =>
  receipts.flatMap((each) => (each[which] > 0 ? each.category : [])).join(', ');

const verdictOf = (receipts: readonly OwnReceipt[], missing: Missing): string => {
  const [due, lost] = [sumOf(missing, 'due'), sumOf(missing, 'lost')];
  return [
    `Receipts: ${receipts.length}`,
    ...(due > 0
      ? [`${count(due, 'closed erasure waits', 'closed erasures wait')} for one in ${namesOf(missing, 'due')}`]
      : []),
    ...(lost > 0
      ? [`${number(lost)} issued, and not kept any more, or not as issued, in ${namesOf(missing, 'lost')}`]
      : []),
    ...unreachedClauses(missing.unreached),
  ].join(' · ');
};

const isKnownToBeNone = (newest: OwnReceipt | undefined, { unreached }: Missing): boolean =>
  newest === undefined && unreached.length === 0;

const remarks = (newest: OwnReceipt | undefined, { app, out }: Asked, missing: Missing): Page => [
  ...(isKnownToBeNone(newest, missing)
    ? ['There is none for this subject: see node bin/es-retention.mjs status --uin … for what is owed to it.']
    : []),
  ...(newest === undefined
    ? []
    : [
        'The opening shows whose receipt it is: hand it over with the receipt, and to nobody else.',
        `To check one: node bin/es-retention.mjs verify-receipt ${out ?? 'FILE'} --key PUBLIC --uin …${app === undefined ? '' : ' --app …'} --opening …`,
      ]),
  ...ringTooOldLines(missing.notInRing),
  ...(sumOf(missing, 'lost') > 0
    ? ['What is not kept as it was issued may lie in the archive, under receipts: see RETENTION_ARCHIVE.']
    : []),
  ...(out !== undefined && newest !== undefined ? [`Written: the newest, to ${out}`] : []),
];

/**
 * `receipt`: the signed proof of an erasure, for whoever asked for it. Categories that could not be asked are named: they may have one
 * more.
 */
export const receiptCommand = async (session: Session, asked: Asked): Promise<Result> => {
  const gathering = new Gathering();
  const entries = await entriesOf(session, asked, gathering);
  const closed = closedIn(entries);
  const receipts = await receiptsOf(session, subjectOf(asked), entries, closed, gathering);
  const newest = receipts.at(-1);
  if (asked.out !== undefined && newest !== undefined) write(asked.out, newest);
  const isNothingClosed = [...closed.values()].flat().length === 0;
  const notInRing = isNothingClosed ? await kidsNotInRing(session, gathering) : [];
  const { unreached } = gathering;
  const missing: Missing = { receipts: missingIn(closed, receipts, unreached), unreached, notInRing };
  const verdict = verdictOf(receipts, missing);
  const isLeft = receipts.length === 0 || sumOf(missing, 'lost') > 0;
  const exitCode = worstOf([isLeft ? EXIT.left : EXIT.done, unreachedExitCode(unreached)]);
  return {
    page: [
      { text: verdict, style: 'bold' },
      ...remarks(newest, asked, missing),
      ...receipts.flatMap((receipt) => receiptPage(receipt, asked.out !== undefined && receipt === newest)),
      ...unreachedSection(unreached),
    ],
    json: {
      command: 'receipt',
      verdict,
      exitCode,
      receipts,
      missing: missing.receipts,
      unreached: unreachedJson(unreached),
      kidsNotInRing: notInRing,
    },
    exitCode,
  };
};
