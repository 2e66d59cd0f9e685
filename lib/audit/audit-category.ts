import { RetentionError } from '../base/errors.ts';
import { number } from '../base/number-text.ts';
import { ownIndices } from '../policy/own-indices.ts';
import type { Category } from '../policy/retention-policy.ts';
import type { HashKeys } from './accounts/account-hashes.ts';
import { type AccountAudit, type ActiveList, auditAccounts } from './accounts/returned-accounts.ts';
import { type AgeFigures, auditAges } from './ages/audit-ages.ts';
import { type AuditFinding, breach, notice } from './audit-finding.ts';
import { auditHolds, holdsNamedIn } from './audit-holds.ts';
import type { AuditedIndex, RawRecord, Returned, ReturnedAccount } from './audit-reader.ts';
import type { Unseen } from './indices/copies-elsewhere.ts';
import { reachedBy } from './indices/reached-indices.ts';
import { auditRecords, type RecordAudit, type RecordContext } from './records/audit-records.ts';
import type { ErasureFigures } from './records/compare-records.ts';
import { judgeReports, reportReach } from './records/judge-reports.ts';
import type { RawEntry } from './records/raw-records.ts';

/** The findings of the audit in one category. */
export interface CategoryAudit {
  readonly category: string;
  readonly figures: AgeFigures & {
    readonly erasures: ErasureFigures;
    readonly accounts?: number;
    readonly leftBehind?: number;
    /** When the newest report was verified. */
    readonly reportedAt?: number;
  };
  readonly entries: readonly RawEntry[];
  readonly returned: readonly Returned[];
  readonly toErase: readonly ReturnedAccount[];
  readonly findings: readonly AuditFinding[];
  readonly unseen: readonly Unseen[];
}

export interface CategoryContext extends Omit<RecordContext, 'held'> {
  readonly active?: ActiveList;
}

const readReports = async (
  category: Category,
  { reader, policy, now }: CategoryContext,
): Promise<{ readonly records?: readonly RawRecord[]; readonly findings: readonly AuditFinding[] }> => {
  try {
    const records = await reader.reports(ownIndices(policy, category.id).reports, now - reportReach(category));
    return { ...(records !== undefined && { records }), findings: [] };
  } catch (error) {
    if (!(error instanceof RetentionError)) throw error;
    return {
      findings: [
        breach(
          'not-audited',
          {
            expected: 'reports that can be read',
            found: `${error.code}: ${error.explanation.found}`,
            fix: 'The results of the runs are unknown. See why the index of reports does not answer, and run the audit again.',
          },
          { category: category.id },
        ),
      ],
    };
  }
};

const returnedFinding = ({ category, entry, documents, indices }: Returned): AuditFinding =>
  breach(
    'erased-is-there',
    {
      expected: 'no document of an account whose erasure is closed',
      found: `${number(documents)} in ${indices.join(', ')}, for the entry ${entry}`,
      fix: 'They came back (a restored index, a late writer, a replayed queue, a reindex). Functions erase them within the hour, by the criteria of the first erasure. Without functions, or if they stay: node bin/es-retention.mjs audit --reopen, with a key that may write the ledger; the next run erases them.',
    },
    { category, entries: [entry] },
  );

const accountFindings = (
  { id }: Category,
  { returned, leftBehind, unlisted }: AccountAudit,
): readonly AuditFinding[] => [
  ...returned.map(returnedFinding),
  ...(leftBehind === 0
    ? []
    : [
        breach(
          'accounts-left-behind',
          {
            expected: 'no data of accounts that are not in use, unless they are being erased',
            found: `${number(leftBehind)} accounts or applications`,
            fix: 'See which: node bin/es-retention.mjs reconcile --active FILE. The message that they ended was lost: record it with node bin/es-retention.mjs terminate.',
          },
          { category: id },
        ),
      ]),
  ...unlisted.map((index) =>
    notice(
      'accounts-unlisted',
      {
        expected: 'an account field whose values can be listed',
        found: 'another type, or documents and no such field',
        fix: 'Nobody knows whether data of an erased account is in this index. Map the account field as keyword in a new index, reindex, and delete this one.',
      },
      { category: id, index },
    ),
  ),
];

const NO_KEYS: Unseen = {
  what: 'accounts that were erased',
  why: 'no subject key: the hashes in closed entries fit nobody',
};
const NO_LIST: Unseen = { what: 'accounts that are not in use', why: 'no active list is configured' };
const NO_ARCHIVE: Unseen = { what: 'the archive', why: 'no archive is configured (RETENTION_ARCHIVE)' };

const unseenBy = ({ keys, active, archive }: CategoryContext): readonly Unseen[] => [
  ...(keys === undefined ? [NO_KEYS] : []),
  ...(active === undefined ? [NO_LIST] : []),
  ...(archive === undefined ? [NO_ARCHIVE] : []),
];

const lookAtAccounts = async (
  category: Category,
  indices: readonly AuditedIndex[],
  { entries, events }: RecordAudit,
  keys: HashKeys,
  { reader, active }: CategoryContext,
): Promise<{ readonly audit?: AccountAudit; readonly findings: readonly AuditFinding[] }> => {
  try {
    const context = { keys, entries, events, ...(active !== undefined && { active }) };
    const audit = await auditAccounts(reader, category, indices, context);
    return { audit, findings: accountFindings(category, audit) };
  } catch (error) {
    if (!(error instanceof RetentionError)) throw error;
    return {
      findings: [
        breach(
          'not-audited',
          {
            expected: 'indices whose accounts can be listed',
            found: `${error.code}: ${error.explanation.found}`,
            fix: 'Nobody knows whether erased accounts have data again. See why the indices do not answer, and run the audit again.',
          },
          { category: category.id },
        ),
      ],
    };
  }
};

/** Audits one category: its documents, its reports, its records of erasures, and the accounts in its indices. */
export const auditCategory = async (
  category: Category,
  all: readonly AuditedIndex[],
  context: CategoryContext,
): Promise<CategoryAudit> => {
  const { reader, policy, now, keys } = context;
  const { records, findings: onReports } = await readReports(category, context);
  const { held, findings: onHolds } = await auditHolds(reader, policy, category, now, holdsNamedIn(records ?? []));
  const { open, findings: onIndices } = reachedBy(category, all);
  const ages = await auditAges(reader, category, open, policy, now, held);
  const reports = judgeReports(category, records, ages.figures, now);
  const erasures = await auditRecords(category, { ...context, held });
  const isErasing = category.rules.termination !== undefined;
  const accounts =
    isErasing && keys !== undefined ? await lookAtAccounts(category, open, erasures, keys, context) : { findings: [] };
  const audit = 'audit' in accounts ? accounts.audit : undefined;
  return {
    category: category.id,
    figures: {
      ...ages.figures,
      erasures: erasures.figures,
      ...(audit !== undefined && { accounts: audit.accounts }),
      ...(audit !== undefined && context.active !== undefined && { leftBehind: audit.leftBehind }),
      ...(reports.newestAt !== undefined && { reportedAt: reports.newestAt }),
    },
    entries: erasures.entries,
    returned: audit?.returned ?? [],
    toErase: audit?.toErase ?? [],
    unseen: isErasing ? unseenBy(context) : [],
    findings: [
      ...onHolds,
      ...onIndices,
      ...ages.findings,
      ...onReports,
      ...(onReports.length === 0 ? reports.findings : []),
      ...erasures.findings,
      ...accounts.findings,
    ],
  };
};
