import { writeFileSync } from 'node:fs';
import type { Closure } from '../erasure/ledger-entry.ts';
import { issuedReceipt } from '../erasure/receipt.ts';
import type { KeptReceipt } from '../erasure/receipt-book.ts';
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

/** A receipt, and what opens its commitment: null where the ledger that held it was lost. */
interface Found extends KeptReceipt {
  readonly opening: string | null;
}

/** Of several categories one gave the commitment: its closure holds the opening. */
const openingOf = (receipt: KeptReceipt, closures: readonly Closure[]): string | null => {
  const committed = issuedReceipt(receipt.jws).subject.commitment;
  return closures.find(({ commitment }) => commitment === committed)?.opening ?? null;
};

const idsOf = (closures: readonly Closure[]): readonly string[] => [
  ...new Set(closures.flatMap(({ receipt }) => receipt ?? [])),
];

const receiptsOf = async ({ erasure }: Session, closures: readonly Closure[]): Promise<readonly Found[]> => {
  const receipts = await erasure.receipts.read(idsOf(closures));
  return receipts
    .map((receipt) => ({ ...receipt, opening: openingOf(receipt, closures) }))
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
  `opening ${opening ?? 'lost, with the ledger that held it: whose receipt it is cannot be shown any more'}`,
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
  const closures = (await entriesOf(session, categories, asked)).flatMap((entry) => entry.closures);
  const receipts = await receiptsOf(session, closures);
  const newest = receipts.at(-1);
  if (asked.out !== undefined && newest !== undefined) write(asked.out, newest);
  const missing: Missing = {
    due: closures.filter(({ receipt }) => receipt === undefined).length,
    lost: idsOf(closures).length - receipts.length,
    notInRing: closures.length === 0 ? await kidsNotInRing(session, categories) : [],
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
