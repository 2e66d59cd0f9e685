import { writeFileSync } from 'node:fs';
import type { VerifiedReceipt } from '../lib/adapters/crypto/receipt-verifier.ts';
import { askCommand } from './command-line.ts';
import type { DemoEnvironment } from './demo-environment.ts';
import type { Fact } from './output.ts';
import { SUBJECTS } from './seed/customers.ts';

type Subject = (typeof SUBJECTS)[number];

/** The output of `receipt --json` for one receipt. */
export interface ShownReceipt {
  readonly requestId: string;
  readonly jws: string;
  /** The opening, which shows whose receipt it is. */
  readonly opening: string;
}

/** The output of `verify-receipt --json`. */
interface Check {
  readonly valid: boolean;
  readonly subject?: 'matches' | 'differs';
  readonly receipt?: VerifiedReceipt['receipt'];
  readonly error?: { readonly code: string };
}

const flags = ({ uin, sdkAppId }: Subject): readonly string[] => [
  '--uin',
  uin,
  ...(sdkAppId === undefined ? [] : ['--app', sdkAppId]),
];

/** The receipts of an account or application, as the person who requested the erasure gets them. */
export const receiptsOf = async (subject: Subject): Promise<readonly ShownReceipt[]> =>
  (await askCommand<{ readonly receipts: readonly ShownReceipt[] }>('receipt', ...flags(subject))).receipts;

/** The same receipt with a changed number of documents, under the old signature. */
const tamperWith = (jws: string): string => {
  const [header, payload = '', signature] = jws.split('.');
  const truth = Buffer.from(payload, 'base64url').toString();
  const lie = truth.replace(/(?<="documentsErased":)\d+/, (erased) => `${Number(erased) + 1}`);
  return [header, Buffer.from(lie).toString('base64url'), signature].join('.');
};

/**
 * Checks the receipts of an account or application as an auditor would, with the public key and the openings. There
 * must be one, it must be valid and about nobody else, and no changed copy may be accepted.
 */
export const receiptFacts = async (subject: Subject, { files }: DemoEnvironment): Promise<readonly Fact[]> => {
  const check = (jws: string, ...more: readonly string[]): Promise<Check> => {
    const file = `${files.receipt}.checked`;
    writeFileSync(file, jws);
    return askCommand('verify-receipt', file, '--key', files.publicKey, ...more);
  };
  const receipts = await receiptsOf(subject);
  const facts: Fact[] = [];
  for (const { requestId, jws, opening } of receipts) {
    const { valid, receipt } = await check(jws);
    const fitting: Subject[] = [];
    for (const each of SUBJECTS)
      if ((await check(jws, ...flags(each), '--opening', opening)).subject === 'matches') fitting.push(each);
    const tampered = await check(tamperWith(jws));
    const [done] = receipt?.categories ?? [];
    facts.push({
      text: `Receipt of ${requestId}: ${valid ? 'valid' : 'not valid'}, ${receipt?.keptInTime ? 'erased in time' : 'erased too late'}, ${done?.documentsErased} erased, ${done?.documentsLeft} left. It fits ${fitting.length} of ${SUBJECTS.length} accounts and applications. A changed copy ${tampered.error ? `is refused: ${tampered.error.code}` : 'is accepted'}.`,
      holds:
        receipts.length === 1 &&
        valid &&
        receipt?.keptInTime === true &&
        fitting.length === 1 &&
        fitting[0]?.uin === subject.uin &&
        fitting[0].sdkAppId === subject.sdkAppId &&
        tampered.error?.code === 'bad-signature',
    });
  }
  return facts.length > 0 ? facts : [{ text: `No receipt for ${flags(subject).join(' ')}.`, holds: false }];
};
