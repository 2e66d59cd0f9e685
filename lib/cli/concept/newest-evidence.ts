import { statementSeal } from '../../adapters/crypto/statement-signer.ts';
import { sha256 } from '../../audit/accounts/account-hashes.ts';
import { storedStatements } from '../../audit/audit.ts';
import { instantOf, rawFields, textOf } from '../../audit/records/raw-records.ts';
import { dateOf, STATEMENT_TYPE, type StoredStatement, statementId } from '../../audit/statement.ts';
import { ownIndices } from '../../policy/own-indices.ts';
import type { Category } from '../../policy/retention-policy.ts';
import { DAY } from '../../policy/time/duration.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { PastResult, PastRun } from '../../purge/report/run-history.ts';
import type { Session } from '../session.ts';

/** The parts of a session that evidence is read from. */
export type EvidenceSource = Pick<Session, 'policy' | 'cluster' | 'history' | 'erasure'>;

/** Evidence that is not there, and why. */
export interface Missing {
  readonly missing: string;
}

/** A record that was found. */
interface Found {
  readonly name: string;
  readonly place: string;
  readonly madeAt: Instant;
}

/** The closed report of a run. */
export interface FoundReport extends Found {
  readonly run: PastRun & { readonly ended: PastResult };
}

/** A signed statement of the audit. Its fields are unchecked, but for those that say what it is about. */
export interface FoundStatement extends Found {
  readonly sha256: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The newest evidence about one category, from the day before an instant. */
export interface CategoryEvidence {
  readonly report: FoundReport | Missing;
  readonly statement: FoundStatement | Missing;
}

export const isMissing = (evidence: object): evidence is Missing => 'missing' in evidence;

/** The evidence of a concept for which no server was asked. */
export const NOTHING_ASKED: CategoryEvidence = {
  report: { missing: 'no server was asked' },
  statement: { missing: 'no server was asked' },
};

const isInDayBefore = (instant: Instant, at: Instant): boolean => instant > at - DAY && instant <= at;

/** A run may take longer than a day, so the reports of two days are read. */
const RUN_DAYS = 2;

const newestReport = async (
  { policy, history, cluster }: EvidenceSource,
  { id }: Category,
  at: Instant,
): Promise<FoundReport | Missing> => {
  const { runs, doubtful } = await history.runs(id, at - RUN_DAYS * DAY, at);
  const ended = runs
    .flatMap((run) => (run.ended === undefined ? [] : [{ ...run, ended: run.ended }]))
    .filter(({ ended: { finishedAt } }) => isInDayBefore(finishedAt, at))
    .sort((a, b) => b.ended.finishedAt - a.ended.finishedAt);
  if (doubtful.length > 0) return { missing: 'reports that no run has written: see audit' };
  const ofCluster = ended.filter((each) => each.cluster === cluster.uuid);
  const run = ofCluster.find(({ policyVersion }) => policyVersion === policy.version);
  if (run !== undefined) {
    const place = ownIndices(policy, id).reports;
    return { name: `${run.runId}.closed`, place, madeAt: run.ended.finishedAt, run };
  }
  if (ofCluster.length > 0) return { missing: 'only reports by another version of the policy' };
  return { missing: ended.length > 0 ? 'only reports about another cluster' : 'no report younger than a day' };
};

const readStatement = async (
  { id, jws }: StoredStatement,
  { policy, cluster }: EvidenceSource,
  category: string,
  open: (jws: string) => Promise<object | undefined>,
): Promise<FoundStatement | Missing> => {
  const content = jws === undefined ? undefined : await open(jws);
  if (jws === undefined || content === undefined) return { missing: `no key of the ring has signed ${id}` };
  const fields = rawFields(content);
  const madeAt = instantOf(fields.auditedAt);
  const isOfItsPlace =
    fields.type === STATEMENT_TYPE && statementId(textOf(fields.date) ?? '', category) === id && madeAt !== undefined;
  if (!isOfItsPlace || fields.category !== category) return { missing: `another text is in the place of ${id}` };
  if (fields.cluster !== cluster.uuid) return { missing: 'only statements about another cluster' };
  if (fields.policyVersion !== policy.version) return { missing: 'only statements by another version of the policy' };
  return { name: id, place: 'archive', madeAt, sha256: sha256(jws), fields };
};

const newestStatement = async (
  source: EvidenceSource,
  { id }: Category,
  at: Instant,
): Promise<FoundStatement | Missing> => {
  const { hasEvidence, signingKeys, archiveOf } = source.erasure;
  if (!hasEvidence) return { missing: 'no archive or no keys were named (RETENTION_ARCHIVE, RETENTION_KEYS)' };
  const signing = await signingKeys();
  if (signing === undefined) return { missing: 'the signing keys cannot be read' };
  const stored = await storedStatements(await archiveOf(id), id, dateOf(at - DAY));
  const own = stored.filter((each) => each.id.slice(0, 10) <= dateOf(at)).sort((a, b) => (a.id < b.id ? 1 : -1));
  const { open } = statementSeal(signing);
  // If the newest one cannot be believed, an older one must not speak in its place.
  for (const each of own) {
    const found = await readStatement(each, source, id, open);
    if (isMissing(found) || isInDayBefore(found.madeAt, at)) return found;
  }
  return { missing: 'no statement younger than a day' };
};

/**
 * Reads the newest report and the newest statement about a category, from the day before an instant. Only records of
 * this version of the policy count, and only statements about this cluster that a key of the ring has signed.
 * @throws InputError | TransientError if cluster, archive or keys cannot be read.
 */
export const newestEvidence = async (
  source: EvidenceSource,
  category: Category,
  at: Instant,
): Promise<CategoryEvidence> => ({
  report: await newestReport(source, category, at),
  statement: await newestStatement(source, category, at),
});
