import { createPublicKey } from 'node:crypto';
import { keyThumbprint } from '../../../adapters/crypto/public-key.ts';
import { signCanonical } from '../../../adapters/crypto/sign-canonical.ts';
import { readPolicyContent } from '../../../adapters/files/policy-file.ts';
import { InputError, messageOf, RetentionError } from '../../../base/errors.ts';
import { CategoryVisit } from '../../../erasure/recording/category-visit.ts';
import type { KeyVersions } from '../../../erasure/subjects/key-ring.ts';
import { type Instant, isoInstant } from '../../../policy/time/instant.ts';
import type { Period } from '../../../purge/report/run-history.ts';
import { evidenceFiles } from '../../evidence/evidence-files.ts';
import { EVIDENCE_TYP, EVIDENCE_TYPE, type EvidenceList } from '../../evidence/evidence-list.ts';
import { Gathered } from '../../evidence/gathered.ts';
import { EXIT } from '../../exit-code.ts';
import { count, minute, number } from '../../output/format.ts';
import type { Page } from '../../output/page.ts';
import type { Result } from '../../output/result.ts';
import { type ClosedErasure, closedErasures } from '../../past/closed-erasures.ts';
import { type AskedPeriod, periodJson, readPeriod } from '../../past/period.ts';
import type { Session } from '../../session.ts';

/** What is asked of the evidence. */
export interface EvidenceQuestion extends AskedPeriod {
  /** The new zip. */
  readonly out: string;
  /** Files with earlier versions of the policy. */
  readonly withPolicy: readonly string[];
}

const signingKeys = async ({ erasure }: Session): Promise<KeyVersions> => {
  const signing = await erasure.signingKeys();
  if (signing !== undefined) return signing;
  throw new InputError('no-signing-keys', {
    expected:
      'the signing keys (RETENTION_KEYS or RETENTION_SIGNING_KEYS): they check what is in the archive, and sign the list',
    found: 'none that can be read',
    fix: 'Name the key ring: RETENTION_KEYS=retention-keys.json. Only a person who may have it can make evidence.',
  });
};

/**
 * The erasures that were closed in the period, as far as the ledger still knows them.
 * @throws the error of the first ledger that does not answer.
 */
const closedIn = async (session: Session, period: Period): Promise<readonly ClosedErasure[]> => {
  const visit = new CategoryVisit();
  const closed = await closedErasures(session, period, visit);
  const [unreached] = visit.unreached;
  if (unreached !== undefined) throw unreached.error;
  return closed.filter(({ category }) => session.categories.some(({ id }) => id === category));
};

const notWritten = (file: string, error: unknown): unknown =>
  error instanceof RetentionError
    ? error
    : new InputError(
        'not-written',
        { expected: `a new file ${file}`, found: messageOf(error), fix: 'Name another one with --out.' },
        error,
      );

/** The facts of the list that are known before a file is read. */
const headOf = ({ cluster, categories }: Session, { since, until }: Period, at: Instant) => ({
  ...({ type: EVIDENCE_TYPE } as const),
  madeAt: isoInstant(at),
  since: isoInstant(since),
  until: isoInstant(until),
  cluster,
  categories: categories.map(({ id }) => id),
});

/** The evidence that was written. */
interface Written {
  readonly list: EvidenceList;
  readonly gathered: Gathered;
}

const write = async (
  session: Session,
  { out, withPolicy }: EvidenceQuestion,
  period: Period,
  signing: KeyVersions,
  receipts: ReadonlySet<string>,
): Promise<Written> => {
  const at = session.ports.clock();
  const policies = [session.policyFile, ...withPolicy].map(readPolicyContent);
  const gathered = new Gathered();
  const files = evidenceFiles(session, { period, signing, policies, receipts }, gathered);
  const head = headOf(session, period, at);
  let list: EvidenceList = { ...head, files: {}, policies: [], leftOut: [] };
  // Loaded only here: no other command writes a zip.
  const { writeEvidenceZip } = await import('../../evidence/evidence-zip.ts');
  const listOf = async (hashes: EvidenceList['files']): Promise<string> => {
    list = { ...head, files: hashes, policies: gathered.policies, leftOut: gathered.leftOut };
    return signCanonical(list, EVIDENCE_TYP, signing);
  };
  try {
    await writeEvidenceZip(out, files, listOf, at);
  } catch (error) {
    throw notWritten(out, error);
  }
  return { list, gathered };
};

/** What is missing in the evidence and can still be added. */
const lacksPage = (
  { policies, leftOut, categories }: EvidenceList,
  { statements }: Gathered,
  notIssued: number,
): Page => [
  ...categories
    .filter((id) => (statements.get(id) ?? 0) === 0)
    .map(
      (id) =>
        `No statement: no audit of ${id} stated anything in this period, so nothing here shows that its promise was kept. From now on, run node bin/es-retention.mjs audit every day, with the archive and the signing key.`,
    ),
  ...policies
    .filter(({ isHere }) => !isHere)
    .map(
      ({ version, from, to }) =>
        `Not here: the text of the policy ${version}, named from ${from} to ${to}. Add its file: --with-policy FILE. If the policy is in git: git show COMMIT:retention-policy.yml > FILE`,
    ),
  ...leftOut.map(({ path, why }) => `Left out: ${path} (${why}).`),
  ...(notIssued === 0
    ? []
    : [`${count(notIssued, 'closed erasure has', 'closed erasures have')} no receipt yet: the next purge issues it.`]),
];

const table = (session: Session, { statements, reports }: Gathered): Page => [
  '',
  {
    columns: [{ title: 'Category' }, { title: 'Days stated', right: true }, { title: 'Report documents', right: true }],
    rows: session.categories.map(({ id }) => [id, number(statements.get(id) ?? 0), number(reports.get(id) ?? 0)]),
  },
];

const keysOf = async ({ keys }: KeyVersions) =>
  Promise.all([...keys].map(async ([kid, key]) => ({ kid, fingerprint: await keyThumbprint(createPublicKey(key)) })));

/**
 * `evidence`: writes what proves a period into a new zip: signed statements, receipts, reports, policies, public keys,
 * and a page on how to check all of it without es-retention. It names no account. Changes nothing in the cluster.
 * @throws InputError `bad-period`, `no-signing-keys`, `no-archive`, `not-written`; InputError | TransientError if
 *   something cannot be read: nothing is written then.
 */
export const evidenceCommand = async (session: Session, question: EvidenceQuestion): Promise<Result> => {
  const period = readPeriod(question, session.ports.clock());
  const signing = await signingKeys(session);
  const closed = await closedIn(session, period);
  const receipts = new Set(closed.flatMap(({ receipt }) => receipt ?? []));
  const notIssued = closed.filter(({ receipt, withoutReceipt }) => receipt === undefined && !withoutReceipt).length;
  const { list, gathered } = await write(session, question, period, signing, receipts);
  const keys = await keysOf(signing);
  const files = Object.keys(list.files).length + 1;
  const lacks = lacksPage(list, gathered, notIssued);
  const exitCode = lacks.length === 0 ? EXIT.done : EXIT.left;
  const summary = [
    `Evidence: ${count(files, 'file', 'files')} from ${minute(period.since)} to ${minute(period.until)} UTC`,
    count(gathered.receipts.size, 'receipt', 'receipts'),
    ...(lacks.length === 0 ? [] : [count(lacks.length, 'thing is missing', 'things are missing')]),
  ].join(' · ');
  return {
    page: [
      { text: summary, style: 'bold' },
      ...table(session, gathered),
      ...lacks,
      `Written: ${question.out}`,
      'To check it without es-retention, follow CHECK.md in it. Hand over the fingerprint of each public key by another way than the zip:',
      ...keys.map(({ kid, fingerprint }) => `  ${fingerprint}  (${kid})`),
    ],
    json: {
      command: 'evidence',
      summary,
      exitCode,
      ...periodJson(period),
      file: question.out,
      files,
      keys,
      statements: Object.fromEntries(gathered.statements),
      reports: Object.fromEntries(gathered.reports),
      receipts: gathered.receipts.size,
      policies: list.policies,
      leftOut: list.leftOut,
      withoutReceipt: notIssued,
    },
    exitCode,
  };
};
