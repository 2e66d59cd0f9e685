import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { statementSeal } from '../../adapters/crypto/statement-signer.ts';
import { ownFolder } from '../../adapters/files/own-folder.ts';
import type { PolicyContent } from '../../adapters/files/policy-file.ts';
import { storedStatements } from '../../audit/audit.ts';
import { dateOf, type StatementSeal } from '../../audit/statement.ts';
import type { Archive, Archived } from '../../erasure/archive/archive.ts';
import { issuedReceipt } from '../../erasure/receipts/receipt.ts';
import type { KeyVersions } from '../../erasure/subjects/key-ring.ts';
import type { Period } from '../../purge/report/run-history.ts';
import type { Session } from '../session.ts';
import type { LeftOut } from './evidence-list.ts';
import type { Gathered } from './gathered.ts';

/** A file of the evidence. Its content is read while it is written. */
export interface EvidenceFile {
  /** Letters, digits and `._-/`. */
  readonly path: string;
  readonly content: Iterable<string> | AsyncIterable<string>;
}

/** What belongs in the evidence. */
export interface EvidenceRequest {
  readonly period: Period;
  readonly signing: KeyVersions;
  readonly policies: readonly PolicyContent[];
  /** Ids of receipts that belong in it whenever they were issued. */
  readonly receipts: ReadonlySet<string>;
}

const whole = (path: string, text: string): EvidenceFile => ({ path, content: [text] });

/** The page in the zip: how to check all of it. */
const checkPage = (): EvidenceFile =>
  whole('CHECK.md', readFileSync(join(ownFolder(), 'docs', 'check-evidence.md'), 'utf8'));

const keyFiles = ({ signing }: EvidenceRequest): readonly EvidenceFile[] =>
  [...signing.keys].map(([kid, key]) =>
    whole(`keys/${kid}.pem`, `${createPublicKey(key).export({ type: 'spki', format: 'pem' })}`),
  );

const policyFiles = ({ policies }: EvidenceRequest, gathered: Gathered): readonly EvidenceFile[] => {
  const byVersion = new Map(policies.map((policy) => [policy.version, policy.canonical]));
  return [...byVersion].map(([version, canonical]) => {
    gathered.texts.add(version);
    return whole(`policies/${version.replace(':', '-')}.json`, canonical);
  });
};

async function* statementFiles(
  { erasure }: Session,
  category: string,
  { period }: EvidenceRequest,
  seal: StatementSeal,
  gathered: Gathered,
): AsyncGenerator<EvidenceFile> {
  const stored = await storedStatements(await erasure.archiveOf(category), category, dateOf(period.since));
  const last = dateOf(period.until - 1);
  const own = stored.map(({ id, jws }) => ({ date: id.slice(0, 10), jws })).filter(({ date }) => date <= last);
  for (const { date, jws } of own.sort((a, b) => (a.date < b.date ? -1 : 1))) {
    const path = `statements/${category}/${date}.jws`;
    const content = jws === undefined ? undefined : await seal.open(jws);
    if (jws === undefined || content === undefined) {
      gathered.leftOut.push({ path, why: jws === undefined ? 'damaged' : 'not signed by a key of the ring' });
      continue;
    }
    const { policyVersion, auditedAt } = content as { readonly policyVersion?: unknown; readonly auditedAt?: unknown };
    gathered.noteVersion(policyVersion, auditedAt);
    gathered.statements.set(category, (gathered.statements.get(category) ?? 0) + 1);
    yield whole(path, jws);
  }
}

const whyUnreadable = (copy: Archived): LeftOut['why'] =>
  'unreadable' in copy && copy.unreadable === 'no-key' ? 'no key of the ring opens it' : 'damaged';

const jwsIn = (copy: Archived): string | undefined => {
  const jws = 'content' in copy ? (copy.content as { readonly jws?: unknown }).jws : undefined;
  return typeof jws === 'string' ? jws : undefined;
};

/** Whether a receipt belongs in the evidence. */
const isAsked = (
  id: string,
  jws: string,
  { categories }: Session,
  { period: { since, until }, receipts }: EvidenceRequest,
): boolean => {
  const { issuedAt, categories: covered } = issuedReceipt(jws);
  const issued = Date.parse(issuedAt);
  const isOfCategory = covered.some(({ category }) => categories.some((each) => each.id === category));
  return isOfCategory && (receipts.has(id) || (issued >= since && issued < until));
};

/** The ids of copies in an archive that may belong in the evidence, without those that were read before. */
const candidates = async (
  archive: Pick<Archive, 'ids'>,
  { period, receipts }: EvidenceRequest,
  seen: ReadonlySet<string>,
): Promise<ReadonlySet<string>> => {
  const ids = new Set(receipts);
  // A receipt is put there when it is issued, or later.
  for await (const id of archive.ids('receipts', period.since)) ids.add(id);
  return new Set([...ids].filter((id) => !seen.has(id)));
};

/** The text of a copy, if a key of the ring signed it as a receipt; otherwise the reason. */
const signedText = async (copy: Archived, seal: StatementSeal): Promise<string | { readonly why: LeftOut['why'] }> => {
  const jws = jwsIn(copy);
  if (jws === undefined) return { why: whyUnreadable(copy) };
  return (await seal.isReceipt(jws)) ? jws : { why: 'not signed by a key of the ring' };
};

/** The receipts of a category's archive that were not read before: several categories may share one archive. */
async function* receiptFiles(
  session: Session,
  category: string,
  request: EvidenceRequest,
  seal: StatementSeal,
  { gathered, seen }: { readonly gathered: Gathered; readonly seen: Set<string> },
): AsyncGenerator<EvidenceFile> {
  const archive = await session.erasure.archiveOf(category);
  const ids = await candidates(archive, request, seen);
  for await (const copy of archive.list('receipts', (id) => ids.has(id))) {
    const path = `receipts/${copy.id}.jws`;
    seen.add(copy.id);
    const jws = await signedText(copy, seal);
    if (typeof jws === 'object') gathered.leftOut.push({ path, ...jws });
    else if (isAsked(copy.id, jws, session, request)) {
      for (const { policyVersion, verifiedAt } of issuedReceipt(jws).categories)
        gathered.noteVersion(policyVersion, verifiedAt);
      gathered.receipts.add(copy.id);
      yield whole(path, jws);
    }
  }
}

async function* reportLines(
  { history }: Session,
  category: string,
  { period: { since, until } }: EvidenceRequest,
  gathered: Gathered,
): AsyncGenerator<string> {
  let reports = 0;
  for await (const { id, source } of history.documents(category, since, until)) {
    gathered.noteVersion(source.policyVersion, source.startedAt);
    reports += 1;
    yield `${JSON.stringify({ id, source })}\n`;
  }
  gathered.reports.set(category, reports);
}

/**
 * Every file of the evidence but its list, one after the other. Each has to be read to its end before the next one is
 * asked for. Changes nothing.
 * @param gathered receives what the list says beside the files.
 * @throws InputError | TransientError if archive or cluster do not answer: evidence with a hole that nobody sees would
 *   be worse than none.
 */
export async function* evidenceFiles(
  session: Session,
  request: EvidenceRequest,
  gathered: Gathered,
): AsyncGenerator<EvidenceFile> {
  const seal = statementSeal(request.signing);
  yield checkPage();
  yield* keyFiles(request);
  const seen = new Set<string>();
  for (const { id } of session.categories) {
    yield* statementFiles(session, id, request, seal, gathered);
    yield* receiptFiles(session, id, request, seal, { gathered, seen });
    yield { path: `reports/${id}.jsonl`, content: reportLines(session, id, request, gathered) };
  }
  for (const id of request.receipts)
    if (!seen.has(id)) gathered.leftOut.push({ path: `receipts/${id}.jws`, why: 'not in the archive' });
  yield* policyFiles(request, gathered);
}
