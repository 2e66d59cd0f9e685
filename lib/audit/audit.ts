import { RetentionError } from '../base/errors.ts';
import type { Category, RetentionPolicy } from '../policy/retention-policy.ts';
import { DAY } from '../policy/time/duration.ts';
import { type Clock, type Instant, isoInstant } from '../policy/time/instant.ts';
import { type HashKeys, sha256 } from './accounts/account-hashes.ts';
import type { ActiveList } from './accounts/returned-accounts.ts';
import { auditCategory, type CategoryAudit } from './audit-category.ts';
import { type AuditFinding, breach, isBreach } from './audit-finding.ts';
import type { AuditArchive, AuditReader, ReturnedAccount } from './audit-reader.ts';
import { findLedgersElsewhere, findUnclaimed } from './indices/audit-unclaimed.ts';
import { type CopiesElsewhere, findCopies } from './indices/copies-elsewhere.ts';
import {
  type ChainEnd,
  checkChain,
  dateOf,
  gapBefore,
  readStated,
  STATEMENT_TYPE,
  type StatedBefore,
  type Statement,
  type StatementSeal,
  type StoredStatement,
  statementId,
} from './statement.ts';

/** The ports of the audit. It writes nothing but its statements. */
export interface AuditPorts {
  readonly reader: AuditReader;
  readonly clock: Clock;
  /** Waits, in milliseconds, before a record that seems to be missing is read again. */
  readonly wait: (milliseconds: number) => Promise<void>;
  /** The archive of a category; absent if none is configured. */
  readonly archive?: (category: string) => Promise<AuditArchive>;
  /** Absent if no key is configured. */
  readonly keys?: () => Promise<HashKeys>;
  /** Absent if no signing key is configured: then the audit states nothing. */
  readonly seal?: () => Promise<StatementSeal>;
  /** Receives the accounts whose data has come back; absent: they are only reported, without their names. */
  readonly onReturned?: (returned: readonly ReturnedAccount[]) => Promise<void>;
}

/** The scope and result of one audit. */
export interface AuditRequest {
  readonly policy: RetentionPolicy;
  readonly categories: readonly Category[];
  /** The uuid of the cluster. */
  readonly cluster: string;
  readonly active?: ActiveList;
}

export interface AuditedCategory extends Omit<CategoryAudit, 'entries' | 'toErase'> {
  /** The id of today's statement; absent if there is none. */
  readonly statement?: string;
  /** What today's statement says, if an earlier audit of the day has made it. */
  readonly statedBefore?: StatedBefore;
  /** The newest statement that the archive holds. Whoever notes its hash elsewhere sees if the chain is replaced. */
  readonly chainEnd?: ChainEnd;
}

export interface Audit {
  readonly at: Instant;
  readonly categories: readonly AuditedCategory[];
  /** About the cluster as a whole. */
  readonly findings: readonly AuditFinding[];
  readonly copies: CopiesElsewhere['copies'];
  readonly unseen: CopiesElsewhere['unseen'];
}

/** Every breach of an audit. */
export const breachesIn = ({ categories, findings }: Audit): readonly AuditFinding[] =>
  [...findings, ...categories.flatMap((each) => each.findings)].filter(isBreach);

const countCodes = (findings: readonly AuditFinding[]): Readonly<Record<string, number>> =>
  Object.fromEntries([...Map.groupBy(findings, ({ code }) => code)].map(([code, group]) => [code, group.length]));

const figuresOf = ({ figures }: CategoryAudit): Statement['figures'] => {
  const { documents, indices, overdue, undatable, unanswered, oldest, erasures, accounts, reportedAt } = figures;
  return {
    documents,
    indices,
    overdue,
    undatable,
    unanswered,
    oldestAt: oldest === undefined ? null : isoInstant(oldest.at),
    reportedAt: reportedAt === undefined ? null : isoInstant(reportedAt),
    erasuresOpen: erasures.open,
    erasuresOverdue: erasures.overdue,
    erasuresClosed: erasures.closed,
    accounts: accounts ?? null,
  };
};

/** How far back an audit checks the chain. The command verify-statements checks all of it. */
const CHECKED_BACK = 35 * DAY;

/**
 * Reads the stored statements of a category.
 * @param since only statements of this day or later, as `YYYY-MM-DD`.
 */
export const storedStatements = async (
  archive: AuditArchive,
  category: string,
  since = '',
): Promise<readonly StoredStatement[]> => {
  const stored: StoredStatement[] = [];
  const isWanted = (id: string): boolean => id.endsWith(`@${category}`) && id.slice(0, since.length) >= since;
  for await (const copy of archive.list('statements', isWanted)) {
    const jws = 'content' in copy ? (copy.content as { readonly jws?: unknown }).jws : undefined;
    stored.push({ id: copy.id, ...(typeof jws === 'string' && { jws }) });
  }
  return stored;
};

/** Checks the chain of a category, and adds today's statement unless there is one. */
const stateCategory = async (
  found: CategoryAudit,
  { policy, cluster }: AuditRequest,
  shared: { readonly findings: readonly AuditFinding[]; readonly unseen: readonly string[] },
  { archive, seal, now }: { readonly archive: AuditArchive; readonly seal: StatementSeal; readonly now: Instant },
): Promise<
  Required<Pick<AuditedCategory, 'statement' | 'findings'>> & Pick<AuditedCategory, 'chainEnd' | 'statedBefore'>
> => {
  const { category } = found;
  const date = dateOf(now);
  const id = statementId(date, category);
  const stored = await storedStatements(archive, category, dateOf(now - CHECKED_BACK));
  const { end, findings } = await checkChain(category, stored, seal, now);
  const today = stored.find((each) => each.id === id);
  if (today !== undefined) {
    const statedBefore = await readStated(today, seal);
    return {
      statement: id,
      findings,
      ...(statedBefore !== undefined && { statedBefore }),
      ...(end !== undefined && { chainEnd: end }),
    };
  }
  const onChain = [...findings, ...gapBefore(category, end, date)];
  const all = [...found.findings, ...onChain, ...shared.findings];
  const breaches = all.filter(isBreach);
  const number = (end?.number ?? 0) + 1;
  const jws = await seal.sign({
    type: STATEMENT_TYPE,
    category,
    date,
    number,
    previous: end?.hash ?? null,
    auditedAt: isoInstant(now),
    cluster,
    policyVersion: policy.version,
    mode: policy.mode,
    isKept: breaches.length === 0,
    figures: figuresOf(found),
    breaches: countCodes(breaches),
    notices: countCodes(all.filter((each) => !isBreach(each))),
    unseen: [...found.unseen.map(({ what }) => what), ...shared.unseen],
  });
  await archive.put('statements', id, { jws });
  return { statement: id, findings: onChain, chainEnd: { date, number, hash: sha256(jws) } };
};

const notStated = (category: string, { code, explanation }: RetentionError): AuditFinding =>
  breach(
    'not-stated',
    {
      expected: 'an archive that holds the earlier statements and takes a new one',
      found: `${code}: ${explanation.found}`,
      fix: 'See why the archive or its key is not available, and run the audit again.',
    },
    { category },
  );

const orNotStated = async <T extends object>(category: string, work: () => Promise<T>): Promise<T | AuditFinding> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RetentionError) return notStated(category, error);
    throw error;
  }
};

const withStatement = async (
  found: CategoryAudit,
  request: AuditRequest,
  shared: Parameters<typeof stateCategory>[2],
  { archive, seal }: AuditPorts,
  now: Instant,
): Promise<AuditedCategory> => {
  const { entries, toErase, ...category } = found;
  if (archive === undefined || seal === undefined) return category;
  const result = await orNotStated(found.category, async () =>
    stateCategory(found, request, shared, { archive: await archive(found.category), seal: await seal(), now }),
  );
  if ('code' in result) return { ...category, findings: [...category.findings, result] };
  return { ...category, ...result, findings: [...category.findings, ...result.findings] };
};

const auditedFields = (categories: Iterable<Category>): readonly string[] => [
  ...new Set(
    [...categories].flatMap(({ timestampField, ingestedField, accountField, applicationField }) => [
      timestampField,
      ingestedField,
      accountField,
      ...(applicationField === undefined ? [] : [applicationField]),
    ]),
  ),
];

/**
 * Audits a cluster with its own queries. It shares no code with planning and deleting, changes nothing in the cluster,
 * and adds a signed statement per category and day to the archive.
 * @throws RetentionError if the cluster does not answer at all, or the keys cannot be read.
 */
export const audit = async (request: AuditRequest, ports: AuditPorts): Promise<Audit> => {
  const { policy, categories, active } = request;
  const { reader, archive, wait, clock } = ports;
  const now = clock();
  const fields = auditedFields(policy.categories.values());
  const [keys, seal] = [await ports.keys?.(), await ports.seal?.()];
  const indices = await reader.indices(fields);
  const found: CategoryAudit[] = [];
  for (const category of categories)
    found.push(
      await auditCategory(category, indices, {
        reader,
        policy,
        wait,
        now,
        ...(archive !== undefined &&
          category.rules.termination !== undefined && { archive: await archive(category.id) }),
        ...(seal !== undefined && { seal }),
        ...(keys !== undefined && { keys }),
        ...(active !== undefined && { active }),
      }),
    );
  const surroundings = await reader.surroundings(fields);
  const entries = new Map(found.map((each) => [each.category, each.entries]));
  const elsewhere = findCopies(surroundings, { policy, indices, entries, now });
  const findings = [
    ...findUnclaimed(policy, indices, surroundings.counts),
    ...findLedgersElsewhere(policy, indices, surroundings.counts),
    ...elsewhere.findings,
  ];
  const shared = { findings, unseen: elsewhere.unseen.map(({ what }) => what) };
  const audited: AuditedCategory[] = [];
  for (const each of found) audited.push(await withStatement(each, request, shared, ports, now));
  const returned = found.flatMap(({ toErase }) => toErase);
  if (returned.length > 0) await ports.onReturned?.(returned);
  return { at: now, categories: audited, findings, copies: elsewhere.copies, unseen: elsewhere.unseen };
};
