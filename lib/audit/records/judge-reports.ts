import { createHash } from 'node:crypto';
import type { Category } from '../../policy/retention-policy.ts';
import { MINUTE } from '../../policy/time/duration.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { observedGap } from '../../policy/time/schedule.ts';
import type { AgeFigures } from '../ages/audit-ages.ts';
import { at } from '../ages/audit-ages.ts';
import { type AuditFinding, breach, notice } from '../audit-finding.ts';
import type { RawRecord } from '../audit-reader.ts';
import { instantOf, numberOf, rawFields, textOf } from './raw-records.ts';

/** A run may take a quarter of an hour, and the next one waits for it. */
const RUN = 15 * MINUTE;
/** The tolerance for two clocks, and for documents that arrive while a run counts. */
const SLACK = 5 * MINUTE;

/** The longest time without a report: two schedules and a run. */
const longestSilence = ({ schedule }: Category): number => 2 * observedGap(schedule) + RUN;

/** Reports that are older than this are not read. */
export const reportReach = (category: Category): number => Math.max(24 * 60 * MINUTE, 2 * longestSilence(category));

/** A closed report in its stored form. */
interface ClosedReport {
  readonly id: string;
  readonly runId: string;
  readonly verifiedAt: Instant;
  readonly outcome: string;
  readonly kept: boolean;
  readonly overdue: number;
  readonly undatable: number;
  readonly oldestAt?: Instant;
  readonly oldestAge?: number;
  readonly hasBlocking: boolean;
  readonly opening?: string;
}

const closedOf = ({ id, source }: RawRecord): ClosedReport | undefined => {
  const fields = rawFields(source);
  const verifiedAt = instantOf(fields.verifiedAt);
  if (fields.state !== 'closed' || fields.dryRun === true || verifiedAt === undefined) return undefined;
  const found = rawFields(fields.found);
  const [oldestAt, oldestAge, opening] = [
    instantOf(fields.oldestAt),
    numberOf(fields.oldestAgeMilliseconds),
    textOf(fields.opening),
  ];
  const findings = Array.isArray(fields.findings) ? fields.findings : [fields.findings];
  return {
    id,
    runId: textOf(fields.runId) ?? '',
    verifiedAt,
    kept: fields.kept === true,
    outcome: textOf(fields.outcome) ?? 'none',
    overdue: numberOf(found.overdue) ?? 0,
    undatable: numberOf(found.undatable) ?? 0,
    ...(oldestAt !== undefined && { oldestAt }),
    ...(oldestAge !== undefined && { oldestAge }),
    ...(opening !== undefined && { opening }),
    hasBlocking: findings.some((each) => rawFields(each).severity === 'blocking'),
  };
};

const newestOf = (records: readonly RawRecord[]): ClosedReport | undefined =>
  records.flatMap((record) => closedOf(record) ?? []).sort((a, b) => b.verifiedAt - a.verifiedAt)[0];

const tooOld = (category: Category, newest: ClosedReport | undefined, now: Instant): readonly AuditFinding[] =>
  newest !== undefined && now - newest.verifiedAt <= longestSilence(category)
    ? []
    : [
        breach(
          'reports-too-old',
          {
            expected: `a report of the last two schedules (${category.schedule.expression})`,
            found: newest === undefined ? 'none' : `the newest one from ${at(newest.verifiedAt)}`,
            fix: 'See why no run reaches its report: the log of the function. If reports were removed, find out who may delete them.',
          },
          { category: category.id },
        ),
      ];

const ahead = (category: Category, newest: ClosedReport | undefined, now: Instant): readonly AuditFinding[] =>
  newest === undefined || newest.verifiedAt <= now + SLACK
    ? []
    : [
        breach(
          'report-ahead',
          {
            expected: 'no report that was verified in the future',
            found: `one from ${at(newest.verifiedAt)}`,
            fix: 'Set the clock that is wrong. If no clock is wrong, somebody else wrote the report: make a new key for the category.',
          },
          { category: category.id },
        ),
      ];

/** The parts of a report must agree with each other. */
const contradictionIn = ({ outcome, kept, overdue, hasBlocking, ...report }: ClosedReport): string | undefined => {
  const { oldestAt, oldestAge, verifiedAt } = report;
  if ((kept || outcome === 'complete') && overdue > 0) return `outcome ${outcome}, and ${overdue} overdue`;
  if (kept && hasBlocking) return 'a kept promise, and a finding that says otherwise';
  if (oldestAt !== undefined && oldestAge !== undefined && verifiedAt - oldestAt !== oldestAge)
    return `the oldest date ${at(oldestAt)}, and another age of it`;
  return undefined;
};

/** The counts of the audit must agree with the report, for documents that were there when the report was made. */
const deniedBy = (report: ClosedReport, figures: AgeFigures): string | undefined => {
  const { outcome, kept, verifiedAt, oldestAt } = report;
  const { overdue, undatable, oldest } = figures;
  const claims = kept || outcome === 'complete';
  if (claims && overdue > 0) return `outcome ${outcome}, while ${overdue} are overdue`;
  if (undatable > 0 && report.undatable === 0) return `none undatable, while ${undatable} are`;
  if (oldest?.ingestedAt === undefined || oldest.ingestedAt > verifiedAt - SLACK) return undefined;
  return oldestAt === undefined || oldest.at < oldestAt - SLACK
    ? `${at(oldestAt)} as the oldest date, while a document of ${at(oldest.at)} was there`
    : undefined;
};

const contradictions = (
  category: Category,
  newest: ClosedReport | undefined,
  figures: AgeFigures,
): readonly AuditFinding[] => {
  const found = newest && (contradictionIn(newest) ?? (category.rules.age && deniedBy(newest, figures)));
  return newest === undefined || found === undefined
    ? []
    : [
        breach(
          'report-contradicted',
          {
            expected: 'the newest report to agree with what the audit counts',
            found: `${newest.id}: ${found}`,
            fix: `Look: node bin/es-retention.mjs verify --category ${category.id}. If documents have arrived since then, the next report says so. Otherwise somebody edited the report, or the run counts wrongly.`,
          },
          { category: category.id },
        ),
      ];
};

const commitmentTo = (opening: string): string => createHash('sha256').update(opening).digest('base64url');

/** The closed reports that do not fit the commitment that their run made when it opened them. */
const forgedAmong = (records: readonly RawRecord[]): readonly string[] => {
  const commitments = new Map(
    records.flatMap(({ source }) => {
      const { state, runId, commitment } = rawFields(source);
      return state === 'open' && typeof runId === 'string' && typeof commitment === 'string'
        ? [[runId, commitment] as const]
        : [];
    }),
  );
  return records
    .flatMap((record) => closedOf(record) ?? [])
    .filter(({ runId, opening }) => {
      const commitment = commitments.get(runId);
      return commitment === undefined || opening === undefined || commitmentTo(opening) !== commitment;
    })
    .map(({ id }) => id);
};

const forged = ({ id }: Category, records: readonly RawRecord[]): readonly AuditFinding[] => {
  const ids = forgedAmong(records);
  return ids.length === 0
    ? []
    : [
        breach(
          'report-unopened',
          {
            expected: 'every closed report closed by the run that opened it',
            found: `${ids.length} that no run opened: ${ids.slice(0, 3).join(', ')}`,
            fix: 'Do not trust these reports. Somebody else wrote them, or removed the opened ones: make a new key for the category (setup --keys … --rotate), and revoke the earlier one.',
          },
          { category: id },
        ),
      ];
};

/** Runs that opened a report and never closed it. The newest run may still be at work. */
const unfinished = ({ id }: Category, records: readonly RawRecord[], now: Instant): readonly AuditFinding[] => {
  const closed = new Set(
    records.flatMap(({ source }) => (rawFields(source).state === 'closed' ? rawFields(source).runId : [])),
  );
  const left = records.filter(({ source }) => {
    const { state, runId, startedAt } = rawFields(source);
    return state === 'open' && !closed.has(runId) && (instantOf(startedAt) ?? 0) < now - 2 * RUN;
  });
  return left.length === 0
    ? []
    : [
        notice(
          'reports-unfinished',
          {
            expected: 'every run to close its report',
            found: `${left.length} that did not`,
            fix: 'See the log of the function. If no run failed then, somebody removed the closed reports.',
          },
          { category: id },
        ),
      ];
};

/**
 * Compares the reports of a category with what the audit counts, and with their own schedule.
 * @param records the documents of the last {@link reportReach}; undefined if there is no index of reports.
 */
export const judgeReports = (
  category: Category,
  records: readonly RawRecord[] | undefined,
  figures: AgeFigures,
  now: Instant,
): { readonly findings: readonly AuditFinding[]; readonly newestAt?: Instant } => {
  const all = records ?? [];
  const newest = newestOf(all);
  return {
    ...(newest !== undefined && { newestAt: newest.verifiedAt }),
    findings: [
      ...tooOld(category, newest, now),
      ...ahead(category, newest, now),
      ...contradictions(category, newest, figures),
      ...forged(category, all),
      ...unfinished(category, all, now),
    ],
  };
};
