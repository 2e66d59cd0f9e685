import { type Finding, isBlocking } from '../../../criteria/finding.ts';
import type { Category } from '../../../policy/retention-policy.ts';
import { describeDuration } from '../../../policy/time/duration.ts';
import { type Instant, isoInstant } from '../../../policy/time/instant.ts';
import { readClocks } from '../../../purge/clocks.ts';
import { criteriaOf } from '../../../purge/combine-rules.ts';
import { type ControlReading, controlCriteria, holdsIn } from '../../../purge/controls/control-facts.ts';
import { guard } from '../../../purge/guard.ts';
import { makePlan, type Totals } from '../../../purge/plan.ts';
import { controlsNow } from '../../../purge/purge.ts';
import { findingsOrNotExamined, reportFindings } from '../../../purge/report/report-findings.ts';
import { Verification } from '../../../purge/verify.ts';
import { mappingNeedsOf } from '../../../rules/rule-kinds.ts';
import { controlSection, controlsJson } from '../../controls/control-section.ts';
import { checkLedger, ledgerClauses, ledgerJson, ledgerSection } from '../../erasures/ledger-check.ts';
import { worstOf } from '../../exit-code.ts';
import {
  type CategoryResult,
  type Failed,
  isFailed,
  type PromiseState,
  promiseStateOf,
  resultOfVerification,
} from '../../output/category-result.ts';
import { findingsPage, refusalsPage } from '../../output/findings-page.ts';
import { number, wallTime } from '../../output/format.ts';
import type { Page } from '../../output/page.ts';
import { problemsOf } from '../../output/problems.ts';
import { categoryJson, categorySection, type Result, sessionJson, summaryPage } from '../../output/result.ts';
import { limitText } from '../../output/rule-text.ts';
import { summaryOf } from '../../output/summary.ts';
import type { Style, Text } from '../../output/text.ts';
import { lastRunOf } from '../../runs/last-runs.ts';
import { ASKED_AT_ONCE } from '../../runs/plan-categories.ts';
import { forEachCategory, type Session } from '../../session.ts';
import {
  blockClauses,
  blockSection,
  blocksJson,
  checkBlocks,
  type DeclaredBlocks,
  declaredBlocks,
} from './block-check.ts';
import { lookForUnclaimed, unclaimedEffect, unclaimedJson, unclaimedPage } from './unclaimed-section.ts';

interface Verified extends CategoryResult {
  /** When the last run of the category began, by its report. Absent if there is none, or reports do not answer. */
  readonly lastRunAt?: Instant;
  readonly verification: Verification;
  readonly controls: ControlReading;
}

/** Findings if receipts cannot be stored, for categories that issue receipts. */
const receiptFindings = async ({ erasure }: Session, { id, rules }: Category): Promise<readonly Finding[]> =>
  rules.termination === undefined
    ? []
    : findingsOrNotExamined(async () => {
        await erasure.receipts(id).read([]);
        return [];
      });

const verifyCategories = async (
  session: Session,
  declared: DeclaredBlocks,
  allowEmpty: boolean,
): Promise<(Verified | Failed)[]> => {
  const { policy, categories, ports } = session;
  return forEachCategory(categories, ASKED_AT_ONCE, async (category) => {
    const { now, clocks } = await readClocks(ports.store, category, ports.clock);
    const controls = await controlsNow(category, ports);
    const due = await ports.erasureSource.dueOf(category, now, holdsIn(controls));
    const control = controlCriteria(controls, category, now, due.nearestEraseBy);
    const asked = { ...criteriaOf(category, policy, now, due, control), ...(clocks !== undefined && { clocks }) };
    const criteria = {
      ...asked,
      ourBlocks: declared.blocks.get(category.id) ?? [],
      ...(allowEmpty && { mayBeEmpty: true as const }),
    };
    const verification = await Verification.of(ports.store, category, criteria, 'observed', ports.clock);
    const next = makePlan(category, criteria, now, verification.survey);
    const status = resultOfVerification(verification, next, guard(next));
    const beside = [
      ...(await reportFindings(category.id, ports.reportStore)),
      ...(await receiptFindings(session, category)),
    ];
    const kept = status.kept && !beside.some(isBlocking);
    const lastRunAt = await lastRunOf(session, category);
    return {
      ...status,
      kept,
      findings: [...status.findings, ...beside],
      verification,
      controls,
      ...(lastRunAt !== undefined && { lastRunAt }),
    };
  });
};

const STATE_STYLE: Readonly<Record<PromiseState, Style>> = {
  kept: 'green',
  'not kept': 'red',
  unknown: 'red',
  empty: 'yellow',
  'no rule': 'dim',
};

const stateCell = (result: Verified | Failed): Text => {
  const state = promiseStateOf(result);
  return { text: state, style: STATE_STYLE[state] };
};

/** The problems of a category, followed by the names of findings that `plan` explains. */
const whyCell = (result: Verified | Failed): Text => {
  const notices = isFailed(result) ? [] : result.findings.filter((finding) => !isBlocking(finding));
  const held = isFailed(result) || result.totals.held === 0 ? [] : [`${number(result.totals.held)} held`];
  const codes = [...held, ...new Set(notices.map(({ code }) => code))];
  const problems = problemsOf(result).join(', ');
  return [problems, { text: `${problems === '' || codes.length === 0 ? '' : ', '}${codes.join(', ')}`, style: 'dim' }];
};

/** Cells for age rules only: without such a rule, a zero would look like a result. */
const byAge = (category: Category, { overdue, undatable }: Totals): readonly string[] =>
  mappingNeedsOf(category).datesDecide.has('age') ? [number(overdue), number(undatable)] : ['–', '–'];

const categoryRow = (result: Verified | Failed, now: Instant): readonly Text[] => {
  const { category } = result;
  const last = isFailed(result) ? undefined : result.lastRunAt;
  const numbers = isFailed(result)
    ? ['?', '?', '?', '?', '?', '?']
    : [
        number(result.totals.indices),
        number(result.totals.documents),
        number(result.totals.due),
        ...byAge(category, result.totals),
        result.oldestAt === undefined ? '–' : describeDuration(result.verification.verifiedAt - result.oldestAt),
      ];
  return [
    category.id,
    stateCell(result),
    ...numbers,
    limitText(category),
    last === undefined ? '–' : wallTime(last, category.schedule.timeZone, now),
    whyCell(result),
  ];
};

const summaryTable = (results: readonly (Verified | Failed)[], now: Instant): Page => [
  '',
  {
    columns: [
      { title: 'Category' },
      { title: 'State' },
      { title: 'Indices', right: true, spare: 5 },
      { title: 'Documents', right: true, spare: 4 },
      { title: 'Due', right: true },
      { title: 'Overdue', right: true },
      { title: 'Undatable', right: true, spare: 1 },
      { title: 'Oldest', right: true, spare: 2 },
      { title: 'Limit', spare: 6 },
      { title: 'Last run', spare: 3 },
      { title: 'Why' },
    ],
    rows: results.map((result) => categoryRow(result, now)),
  },
];

const hasMore = (result: Verified | Failed): boolean =>
  isFailed(result) || result.findings.some(isBlocking) || result.refusals.length > 0;

const verifiedJson = ({ verification, lastRunAt }: Verified) => ({
  lastRunAt: lastRunAt === undefined ? null : isoInstant(lastRunAt),
  verifiedAt: isoInstant(verification.verifiedAt),
  retentionLagMilliseconds: verification.retentionLag,
});

/** `verify`: checks whether every promise is kept now. Changes nothing. */
export const verifyCommand = async (session: Session, allowEmpty: boolean): Promise<Result> => {
  const declared = await declaredBlocks(session);
  const results = await verifyCategories(session, declared, allowEmpty);
  const looked = new Map(
    results.flatMap((result) => (isFailed(result) ? [] : [[result.category.id, result.verification] as const])),
  );
  const blocks = await checkBlocks(session, declared, looked);
  const unclaimed = await lookForUnclaimed(session);
  const ledger = await checkLedger(session);
  const now = session.ports.clock();
  const said = {
    findings: results.flatMap((result) => (isFailed(result) ? [] : result.findings)),
    failed: results.flatMap((result) => (isFailed(result) ? result.category.id : [])),
  };
  const others = unclaimedEffect(unclaimed);
  const beside = {
    clauses: [...others.clauses, ...ledgerClauses(ledger, said), ...blockClauses(blocks)],
    exitCode: worstOf([others.exitCode, ledger.exitCode, blocks.exitCode]),
  };
  const lastRuns = new Map(
    results.map((result) => [result.category.id, isFailed(result) ? undefined : result.lastRunAt]),
  );
  const summary = summaryOf(results, now, { allowEmpty, beside, lastRuns });
  const controls = new Map(
    results.flatMap((result) => (isFailed(result) ? [] : [[result.category.id, result.controls] as const])),
  );
  return {
    page: [
      ...summaryPage(summary, session),
      ...summaryTable(results, now),
      ...results
        .filter(hasMore)
        .flatMap((result) =>
          categorySection(result, ({ refusals, findings }) => [
            ...refusalsPage(refusals),
            ...findingsPage(findings.filter(isBlocking)),
          ]),
        ),
      ...controlSection(controls, now),
      ...unclaimedPage(unclaimed),
      ...ledgerSection(ledger, said),
      ...blockSection(blocks),
    ],
    json: {
      ...sessionJson('verify', session, summary),
      ...unclaimedJson(unclaimed),
      controls: controlsJson(controls, now),
      ledger: ledgerJson(ledger),
      blocks: blocksJson(blocks),
      categories: results.map((result) => ({
        ...categoryJson(result, now),
        ...(isFailed(result) ? {} : verifiedJson(result)),
      })),
    },
    exitCode: summary.exitCode,
  };
};
