import { writeFileSync } from 'node:fs';
import type { Closure } from '../erasure/ledger-entry.ts';
import { issuedReceipt } from '../erasure/receipt.ts';
import type { KeptReceipt } from '../erasure/receipt-book.ts';
import { InputError, messageOf } from '../purge/errors.ts';
import type { ErasureInvocation } from './erasure-program.ts';
import { EXIT } from './exit-code.ts';
import type { Page } from './page.ts';
import type { Result } from './result.ts';
import { count } from './say.ts';
import type { Session } from './session.ts';
import { entriesOf } from './subject-entries.ts';

type Asked = Extract<ErasureInvocation, { command: 'receipt' }>;

/** A receipt, and what opens its commitment: null where the ledger that held it was lost. */
interface Found extends KeptReceipt {
  readonly opening: string | null;
}

const closuresOf = async (session: Session, asked: Asked): Promise<readonly Closure[]> =>
  (await entriesOf(session, [...session.policy.categories.values()], asked)).flatMap(({ closures }) => closures);

/** Of several categories one gave the commitment: its closure holds the opening. */
const openingOf = (receipt: KeptReceipt, closures: readonly Closure[]): string | null => {
  const committed = issuedReceipt(receipt.jws).subject.commitment;
  return closures.find(({ commitment }) => commitment === committed)?.opening ?? null;
};

const receiptsOf = async ({ erasure }: Session, closures: readonly Closure[]): Promise<readonly Found[]> => {
  const ids = new Set(closures.flatMap(({ receipt }) => receipt ?? []));
  const receipts = await erasure.receipts.read([...ids]);
  return receipts
    .map((receipt) => ({ ...receipt, opening: openingOf(receipt, closures) }))
    .sort((a, b) => (a.issuedAt < b.issuedAt ? -1 : 1));
};

const write = (file: string, { jws }: Found): void => {
  try {
    writeFileSync(file, `${jws}\n`, { flag: 'wx' });
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
  `opening ${opening ?? 'lost, with the ledger that held it: whose receipt it is cannot be shown any more'}`,
  ...(isWritten ? [] : [jws]),
];

/** `receipt`: the signed proof of an erasure, for whoever asked for it. */
export const receiptCommand = async (session: Session, asked: Asked): Promise<Result> => {
  const closures = await closuresOf(session, asked);
  const receipts = await receiptsOf(session, closures);
  const newest = receipts.at(-1);
  if (asked.out !== undefined && newest !== undefined) write(asked.out, newest);
  const due = closures.filter(({ receipt }) => receipt === undefined).length;
  const verdict = `Receipts: ${receipts.length}${due > 0 ? ` · ${count(due, 'closed erasure waits', 'closed erasures wait')} for one` : ''}`;
  const exitCode = receipts.length === 0 ? EXIT.left : EXIT.done;
  return {
    page: [
      { text: verdict, style: 'bold' },
      ...(newest === undefined
        ? ['There is none for this subject: see npx es-retention status --uin … for what is owed to it.']
        : [
            'The opening shows whose receipt it is: hand it over with the receipt, and to nobody else.',
            `To check one: npx es-retention verify-receipt ${asked.out ?? 'FILE'} --key PUBLIC --uin …${asked.app === undefined ? '' : ' --app …'} --opening …`,
          ]),
      ...(asked.out !== undefined && newest !== undefined ? [`Written: the newest, to ${asked.out}`] : []),
      ...receipts.flatMap((receipt) => receiptPage(receipt, asked.out !== undefined && receipt === newest)),
    ],
    json: { command: 'receipt', verdict, exitCode, receipts },
    exitCode,
  };
};
