import { receiptHash } from '../../../adapters/crypto/receipt-signer.ts';
import { writeNew } from '../../../adapters/files/write-durably.ts';
import { InputError, messageOf } from '../../../base/errors.ts';
import { type Closure, categoryOfEntry, isReceiptDue, type LedgerEntry } from '../../../erasure/ledger/ledger-entry.ts';
import { type ProvenReceipt, provenReceipt } from '../../../erasure/receipts/proven-receipt.ts';
import { issuedReceipt } from '../../../erasure/receipts/receipt.ts';
import type { KeptReceipt } from '../../../erasure/receipts/receipt-store.ts';
import { CategoryVisit, type Unreached } from '../../../erasure/recording/category-visit.ts';
import { applicationsWithReceipt } from '../../erasures/applications-with-receipt.ts';
import { doneClause } from '../../erasures/receipt-page.ts';
import {
  entriesOf,
  keyIdsNotInRing,
  keyIdsOf,
  ringTooOldLines,
  type UnmatchedKeys,
} from '../../erasures/subject-entries.ts';
import { EXIT, worstOf } from '../../exit-code.ts';
import { count, number } from '../../output/format.ts';
import type { Page } from '../../output/page.ts';
import type { Result } from '../../output/result.ts';
import { applicationFlag } from '../../output/shell-word.ts';
import { unreachedClauses, unreachedExitCode, unreachedJson, unreachedSection } from '../../output/unreached.ts';
import type { ErasureInvocation } from '../../program/erasure-program.ts';
import type { Session } from '../../session.ts';

type Asked = Extract<ErasureInvocation, { command: 'receipt' }>;

/**
 * A receipt, with the opening of its commitment. Null if the ledger with the opening, or the key that sealed it, is
 * missing.
 */
interface FoundReceipt extends KeptReceipt {
  readonly opening: string | null;
}

/** The result of reading the categories: the subject's receipts, and the ids under which another document is stored. */
interface Read {
  readonly receipts: readonly FoundReceipt[];
  /** Receipts by category. */
  readonly proven: ReadonlyMap<string, ReadonlySet<string>>;
  /** Ids by category. */
  readonly planted: ReadonlyMap<string, ReadonlySet<string>>;
}

const idsOf = (closures: readonly Closure[]): readonly string[] => [
  ...new Set(closures.flatMap(({ receipt }) => receipt ?? [])),
];

/** The closures by the category of their ledger. */
type Closed = ReadonlyMap<string, readonly Closure[]>;

const closedIn = (entries: readonly LedgerEntry[]): Closed =>
  new Map(
    [...Map.groupBy(entries, (entry) => categoryOfEntry(entry.id))].map(([category, own]) => [
      category,
      own.flatMap(({ closures }) => closures),
    ]),
  );

/** Uses the content of the receipt itself, not the fields stored beside it. */
const foundOf = (kept: KeptReceipt, { receipt, opening }: ProvenReceipt): FoundReceipt => ({
  id: kept.id,
  requestId: receipt.request.id,
  issuedAt: receipt.issuedAt,
  jws: kept.jws,
  hash: receiptHash(kept.jws),
  opening,
});

const receiptsOf = async (
  { erasure }: Session,
  { uin, app }: Asked,
  entries: readonly LedgerEntry[],
  closed: Closed,
  visit: CategoryVisit,
): Promise<Read> => {
  const read = await visit.each(closed.keys(), (category) =>
    erasure.receipts(category).read(idsOf(closed.get(category) ?? [])),
  );
  const keys = { ...(await erasure.subjectKeys()), signing: await erasure.signingKeys() };
  const subject = { uin, ...(app !== undefined && { sdkAppId: app }) };
  const checked = [...read].map(([category, kept]) => ({
    category,
    receipts: kept.map((each) => ({ kept: each, proof: provenReceipt(each, subject, entries, keys) })),
  }));
  const found = checked.flatMap(({ receipts }) =>
    receipts.flatMap(({ kept, proof }) => (proof === undefined ? [] : [foundOf(kept, proof)])),
  );
  const idsWhere = (isProven: boolean) =>
    new Map(
      checked.map(({ category, receipts }) => [
        category,
        new Set(receipts.flatMap(({ kept, proof }) => ((proof !== undefined) === isProven ? kept.id : []))),
      ]),
    );
  // A receipt of earlier versions, which covers several categories, is stored in each of them.
  const receipts = [...new Map(found.map((each) => [each.hash, each])).values()];
  return {
    receipts: receipts.sort((a, b) => (a.issuedAt < b.issuedAt ? -1 : 1)),
    proven: idsWhere(true),
    planted: idsWhere(false),
  };
};

/** Writes only the signed text, without a line end, so that the file has the receipt's hash. */
const write = async (file: string, { jws }: FoundReceipt): Promise<void> => {
  try {
    await writeNew(file, jws, 0o666);
  } catch (error) {
    throw new InputError(
      'not-written',
      { expected: `a new file ${file}`, found: messageOf(error), fix: 'Name another one with --out.' },
      error,
    );
  }
};

const receiptPage = ({ requestId, issuedAt, hash, opening, jws }: FoundReceipt, isWritten: boolean): Page => [
  '',
  `request ${requestId} · issued ${issuedAt} · sha256 ${hash}`,
  doneClause(issuedReceipt(jws)),
  `opening ${opening ?? 'none: the ledger that held it is lost'}`,
  ...(isWritten ? [] : [jws]),
];

/** The missing receipts of one category. */
interface MissingIn {
  readonly category: string;
  /** Closed erasures whose receipt has not been issued yet. */
  readonly due: number;
  /** Issued receipts that are no longer in the store. */
  readonly lost: number;
  /** Receipts that another document has replaced, which is not proven to be issued to this subject. */
  readonly notIssued: number;
}

/** The known missing receipts beside the receipts shown. */
interface MissingReceipts {
  /** Categories in which something is missing. */
  readonly receipts: readonly MissingIn[];
  /** Categories that could not be asked. */
  readonly unreached: readonly Unreached[];
  /** Versions of the subject key that are missing in the ring, so that some subjects may not be found. */
  readonly notInRing: readonly UnmatchedKeys[];
}

/** If the receipts of a category could not be read, its lost receipts are unknown. */
const missingIn = (closed: Closed, { proven, planted }: Read, unreached: readonly Unreached[]): readonly MissingIn[] =>
  [...closed].flatMap(([category, closures]) => {
    const isRead = unreached.every((each) => each.category !== category);
    const due = closures.filter(isReceiptDue).length;
    const ids = isRead ? idsOf(closures).filter((id) => !proven.get(category)?.has(id)) : [];
    const notIssued = ids.filter((id) => planted.get(category)?.has(id)).length;
    const lost = ids.length - notIssued;
    return due + lost + notIssued > 0 ? [{ category, due, lost, notIssued }] : [];
  });

type MissingKind = 'due' | 'lost' | 'notIssued';

const sumOf = (missing: MissingReceipts, which: MissingKind): number =>
  missing.receipts.reduce((sum, each) => sum + each[which], 0);

const namesOf = ({ receipts }: MissingReceipts, which: MissingKind): string =>
  receipts.flatMap((each) => (each[which] > 0 ? each.category : [])).join(', ');

const summaryOf = (receipts: readonly FoundReceipt[], missing: MissingReceipts): string => {
  const [due, lost, notIssued] = [sumOf(missing, 'due'), sumOf(missing, 'lost'), sumOf(missing, 'notIssued')];
  return [
    `Receipts: ${receipts.length}`,
    ...(due > 0
      ? [`${count(due, 'closed erasure waits', 'closed erasures wait')} for one in ${namesOf(missing, 'due')}`]
      : []),
    ...(lost > 0 ? [`${number(lost)} issued, and not kept any more in ${namesOf(missing, 'lost')}`] : []),
    ...(notIssued > 0 ? [`${number(notIssued)} not what was issued in ${namesOf(missing, 'notIssued')}`] : []),
    ...unreachedClauses(missing.unreached),
  ].join(' · ');
};

const isKnownToBeNone = (newest: FoundReceipt | undefined, { unreached }: MissingReceipts): boolean =>
  newest === undefined && unreached.length === 0;

const remarks = (
  newest: FoundReceipt | undefined,
  { app, out }: Asked,
  missing: MissingReceipts,
  applications: readonly string[],
): Page => [
  ...(isKnownToBeNone(newest, missing)
    ? ['There is none for this subject: see node bin/es-retention.mjs status --uin … for what is owed to it.']
    : []),
  ...applications.map(
    (id) => `An application of the account has one: node bin/es-retention.mjs receipt --uin … ${applicationFlag(id)}`,
  ),
  ...(newest === undefined
    ? []
    : [
        'The opening shows whose receipt it is: hand it over with the receipt, and to nobody else.',
        `To check one: node bin/es-retention.mjs verify-receipt ${out ?? 'FILE'} --key PUBLIC --uin …${app === undefined ? '' : ' --app …'} --opening …`,
      ]),
  ...ringTooOldLines(missing.notInRing),
  ...(sumOf(missing, 'lost') + sumOf(missing, 'notIssued') > 0
    ? [
        'What is not kept any more, or not what was issued, may lie in the archive, under receipts: see RETENTION_ARCHIVE.',
      ]
    : []),
  ...(out !== undefined && newest !== undefined ? [`Written: the newest, to ${out}`] : []),
];

/**
 * `receipt`: shows the signed proof of an erasure, for the person who requested it. Categories that could not be asked
 * are named, since they may have another receipt.
 */
export const receiptCommand = async (session: Session, asked: Asked): Promise<Result> => {
  const visit = new CategoryVisit();
  const entries = await entriesOf(session, asked, visit);
  const closed = closedIn(entries);
  const read = await receiptsOf(session, asked, entries, closed, visit);
  const { receipts } = read;
  const newest = receipts.at(-1);
  if (asked.out !== undefined && newest !== undefined) await write(asked.out, newest);
  const isNothingClosed = [...closed.values()].flat().length === 0;
  const notInRing = isNothingClosed ? await keyIdsNotInRing(session, visit) : [];
  const applications =
    receipts.length === 0 && asked.app === undefined ? await applicationsWithReceipt(session, asked.uin) : [];
  const { unreached } = visit;
  const missing: MissingReceipts = { receipts: missingIn(closed, read, unreached), unreached, notInRing };
  const summary = summaryOf(receipts, missing);
  const isLeft = receipts.length === 0 || sumOf(missing, 'lost') + sumOf(missing, 'notIssued') > 0;
  const exitCode = worstOf([isLeft ? EXIT.left : EXIT.done, unreachedExitCode(unreached)]);
  return {
    page: [
      { text: summary, style: 'bold' },
      ...remarks(newest, asked, missing, applications),
      ...receipts.flatMap((receipt) => receiptPage(receipt, asked.out !== undefined && receipt === newest)),
      ...unreachedSection(unreached),
    ],
    json: {
      command: 'receipt',
      summary,
      exitCode,
      receipts,
      missing: missing.receipts,
      applications,
      unreached: unreachedJson(unreached),
      keyIdsNotInRing: keyIdsOf(notInRing),
      unmatchedKeys: notInRing,
    },
    exitCode,
  };
};
