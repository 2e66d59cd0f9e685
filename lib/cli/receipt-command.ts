import { writeFileSync } from 'node:fs';
import type { KeyRing } from '../erasure/key-ring.ts';
import type { Closure, LedgerEntry } from '../erasure/ledger-entry.ts';
import { issuedReceipt } from '../erasure/receipt.ts';
import type { KeptReceipt } from '../erasure/receipt-book.ts';
import { openingOf } from '../erasure/sealed-opening.ts';
import { InputError, messageOf } from '../purge/errors.ts';
import type { ErasureInvocation } from './erasure-program.ts';
import { EXIT } from './exit-code.ts';
import type { Page } from './page.ts';
import { doneClause } from './receipt-page.ts';
import type { Result } from './result.ts';
import { count, number } from './say.ts';
import type { Session } from './session.ts';
import { entriesOf, kidsNotInRing, ringTooOldLines } from './subject-entries.ts';

type Asked = Extract<ErasureInvocation, { command: 'receipt' }>;

/** A receipt, and what opens its commitment: null where the ledger that held it, or the key that sealed it, is not there. */
interface Found extends KeptReceipt {
  readonly opening: string | null;
}

/** Of a receipt of earlier versions, about several categories, one gave the commitment: its closure holds the opening. */
const openingFor = (
  receipt: KeptReceipt,
  entries: readonly LedgerEntry[],
  ring: Pick<KeyRing, 'subject'>,
): string | null => {
  const committed = issuedReceipt(receipt.jws).subject.commitment;
  const openings = entries.flatMap((entry) =>
    entry.closures
      .filter(({ commitment }) => commitment === committed)
      .map((closure) => openingOf(entry, closure, ring)),
  );
  return openings.find((opening) => opening !== undefined) ?? null;
};

const idsOf = (closures: readonly Closure[]): readonly string[] => [
  ...new Set(closures.flatMap(({ receipt }) => receipt ?? [])),
];

const receiptsOf = async ({ erasure }: Session, entries: readonly LedgerEntry[]): Promise<readonly Found[]> => {
  const found = new Map<string, KeptReceipt>();
  for (const [category, own] of Map.groupBy(entries, (entry) => entry.category)) {
    const ids = idsOf(own.flatMap(({ closures }) => closures));
    // One of earlier versions, about several categories, is in the book of each.
    for (const receipt of await erasure.receipts(category).read(ids)) found.set(receipt.id, receipt);
  }
  const receipts = [...found.values()];
  const ring = await erasure.keyRing();
  return receipts
    .map((receipt) => ({ ...receipt, opening: openingFor(receipt, entries, ring) }))
    .sort((a, b) => (a.issuedAt < b.issuedAt ? -1 : 1));
};

/** Nothing but the signed text, not even a line end, so that the hash of the file is the receipt's. */
const write = (file: string, { jws }: Found): void => {
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

const receiptPage = ({ requestId, issuedAt, hash, opening, jws }: Found, isWritten: boolean): Page => [
  '',
  `request ${requestId} · issued ${issuedAt} · sha256 ${hash}`,
  doneClause(issuedReceipt(jws)),
  `opening ${opening ?? 'none: the ledger that held it is lost, or the subject key that sealed it is not in the ring'}`,
  ...(isWritten ? [] : [jws]),
];

/** What is known beside the receipts that are shown. */
interface Missing {
  /** Closed erasures whose receipt is still to be issued. */
  readonly due: number;
  /** Receipts that were issued and are not in the book any more. */
  readonly lost: number;
  /** Versions of the subject key without which somebody may not be found. */
  readonly notInRing: readonly string[];
}

const verdictOf = (receipts: readonly Found[], { due, lost }: Missing): string =>
  [
    `Receipts: ${receipts.length}`,
    ...(due > 0 ? [`${count(due, 'closed erasure waits', 'closed erasures wait')} for one`] : []),
    ...(lost > 0 ? [`${number(lost)} issued, and not kept any more`] : []),
  ].join(' · ');

const remarks = (newest: Found | undefined, { app, out }: Asked, { lost, notInRing }: Missing): Page => [
  ...(newest === undefined
    ? ['There is none for this subject: see node bin/es-retention.mjs status --uin … for what is owed to it.']
    : [
        'The opening shows whose receipt it is: hand it over with the receipt, and to nobody else.',
        `To check one: node bin/es-retention.mjs verify-receipt ${out ?? 'FILE'} --key PUBLIC --uin …${app === undefined ? '' : ' --app …'} --opening …`,
      ]),
  ...ringTooOldLines(notInRing),
  ...(lost > 0 ? ['What is not kept any more may lie in the archive, under receipts: see RETENTION_ARCHIVE.'] : []),
  ...(out !== undefined && newest !== undefined ? [`Written: the newest, to ${out}`] : []),
];

/** `receipt`: the signed proof of an erasure, for whoever asked for it. */
export const receiptCommand = async (session: Session, asked: Asked): Promise<Result> => {
  const categories = [...session.policy.categories.values()];
  const entries = await entriesOf(session, categories, asked);
  const closures = entries.flatMap((entry) => entry.closures);
  const receipts = await receiptsOf(session, entries);
  const newest = receipts.at(-1);
  if (asked.out !== undefined && newest !== undefined) write(asked.out, newest);
  const missing: Missing = {
    due: closures.filter(({ receipt }) => receipt === undefined).length,
    lost: idsOf(closures).length - receipts.length,
    notInRing: closures.length === 0 ? await kidsNotInRing(session) : [],
  };
  const verdict = verdictOf(receipts, missing);
  const exitCode = receipts.length === 0 || missing.lost > 0 ? EXIT.left : EXIT.done;
  return {
    page: [
      { text: verdict, style: 'bold' },
      ...remarks(newest, asked, missing),
      ...receipts.flatMap((receipt) => receiptPage(receipt, asked.out !== undefined && receipt === newest)),
    ],
    json: { command: 'receipt', verdict, exitCode, receipts, kidsNotInRing: missing.notInRing },
    exitCode,
  };
};
