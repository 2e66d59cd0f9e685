import { isoInstant } from '../../../policy/time/instant.ts';
import { announcedText } from '../../../purge/guard.ts';
import { type Action, isRemoval, type Plan, type PlannedIndex } from '../../../purge/plan.ts';
import { RULE_KINDS } from '../../../rules/rule-kinds.ts';
import { isFailed } from '../../output/category-result.ts';
import { findingsPage, refusalsPage } from '../../output/findings-page.ts';
import { count, minute, number } from '../../output/format.ts';
import type { Page } from '../../output/page.ts';
import { categoryJson, categorySection, type Result, sessionJson, summaryPage } from '../../output/result.ts';
import { summaryOf } from '../../output/summary.ts';
import type { Style, Text } from '../../output/text.ts';
import { amount, totalToRemove } from '../../runs/amount-to-remove.ts';
import { lastRunsIfSilent } from '../../runs/last-runs.ts';
import { type PlannedCategory, planCategories } from '../../runs/plan-categories.ts';
import { planKeys } from '../../saved/plan-keys.ts';
import { savedJson, savedPage, savePlan } from '../../saved/save-plan.ts';
import type { Session } from '../../session.ts';
import { lookForUnclaimed, unclaimedEffect, unclaimedJson, unclaimedPage } from './unclaimed-section.ts';

const ACTION_STYLE: Partial<Record<Action, Style>> = {
  drop: 'red',
  delete: 'red',
  blocked: 'yellow',
  unavailable: 'yellow',
};

const actionCell = (action: Action): Text => {
  const style = ACTION_STYLE[action];
  return style === undefined ? action : { text: action, style };
};

/** In a plan that is refused as a whole, nothing is dropped or deleted. */
const refusedCells = ({ action, reason }: PlannedIndex): readonly [action: Text, reason: string] => [
  { text: 'refused', style: 'yellow' },
  `${action}: ${reason}`,
];

const indexRow = (index: PlannedIndex, isRefused: boolean): readonly Text[] => {
  const { description, action, counts, reason } = index;
  const [shown, why] = isRefused && isRemoval(action) ? refusedCells(index) : [actionCell(action), reason];
  return [
    description.name,
    shown,
    ...(counts === undefined
      ? ['?', '?', '?']
      : [number(counts.documents), number(counts.due), number(counts.undatable)]),
    counts?.from === undefined || counts.to === undefined ? '' : `${minute(counts.from)} – ${minute(counts.to)}`,
    why,
  ];
};

/** An index that a person need not look at: nothing is due or undatable in it, and nothing is said about it. */
const isQuiet = ({ action, counts, description, reason }: PlannedIndex, { findings }: PlannedCategory): boolean =>
  action === 'keep' &&
  counts !== undefined &&
  (reason === 'empty' || reason.startsWith('nothing ')) &&
  counts.due + counts.undatable + (counts.held ?? 0) === 0 &&
  !findings.some(({ index }) => index === description.name);

const unchangedLine = (unchanged: number, isAll: boolean): Page =>
  unchanged === 0
    ? []
    : [
        {
          text: `  ${isAll ? '' : '… and '}${count(unchanged, 'index stays as it is', 'indices stay as they are')}: --all shows ${unchanged === 1 ? 'it' : 'them'}`,
          style: 'dim',
        },
      ];

/** One plan: its table, index by index, then refusals and findings. Without `all`, only what needs a look. */
const planSection = (planned: PlannedCategory, all: boolean): Page => {
  const { category, plan, refusals, findings } = planned;
  const shown = all ? plan.indices : plan.indices.filter((index) => !isQuiet(index, planned));
  return [
    ...RULE_KINDS.flatMap(({ wording }) => wording.planned(plan)).map((line) => `  ${line}`),
    ...(shown.length === 0
      ? []
      : [
          {
            of: { title: 'Category', value: category.id },
            columns: [
              { title: 'Index' },
              { title: 'Action' },
              { title: 'Documents', right: true },
              { title: 'Due', right: true },
              { title: 'Undatable', right: true, spare: 1 },
              { title: 'From – to (UTC)', spare: 2 },
              { title: 'Why' },
            ],
            rows: shown.map((index) => indexRow(index, refusals.length > 0)),
          },
        ]),
    ...unchangedLine(plan.indices.length - shown.length, shown.length === 0),
    ...(plan.announced === undefined ? [] : [`  of what is due: ${announcedText(plan)}`]),
    ...refusalsPage(refusals),
    ...findingsPage(findings),
  ];
};

const plannedJsonOf = (plan: Plan): Readonly<Record<string, unknown>> =>
  Object.assign({}, ...RULE_KINDS.map(({ wording }) => wording.plannedJson(plan)));

const announcedJson = ({ announced }: Plan) =>
  announced === undefined
    ? null
    : { documents: announced.documents, runId: announced.runId, startedAt: isoInstant(announced.at) };

const planJson = ({ plan }: PlannedCategory) => ({
  ...plannedJsonOf(plan),
  plannedAt: isoInstant(plan.plannedAt),
  announced: announcedJson(plan),
  indices: plan.indices.map(({ description, action, reason, counts }) => ({
    index: description.name,
    uuid: description.uuid,
    action,
    reason,
    documents: counts?.documents ?? null,
    due: counts?.due ?? null,
    overdue: counts?.overdue ?? null,
    undatable: counts?.undatable ?? null,
    from: counts?.from === undefined ? null : isoInstant(counts.from),
    to: counts?.to === undefined ? null : isoInstant(counts.to),
  })),
});

/** The values of `--allow-empty`, `--all` and `--out`. */
export interface PlanChoice {
  readonly allowEmpty: boolean;
  /** Whether indices that stay as they are are shown too. */
  readonly all: boolean;
  /** The new file in which the plan is saved. */
  readonly out?: string;
}

/** Below a longer page, the summary is shown once more. */
const ONE_SCREEN = 20;

const rowsOf = (page: Page): number =>
  page.reduce((sum, block) => sum + (typeof block === 'object' && 'rows' in block ? block.rows.length + 1 : 1), 0);

/**
 * `plan`: shows what a purge would do with each index, and why. With `--out` it saves this, to carry out exactly this.
 * @throws InputError `no-signing-keys`, `not-written`
 */
export const planCommand = async (session: Session, { allowEmpty, all, out }: PlanChoice): Promise<Result> => {
  const signing = out === undefined ? undefined : await planKeys(session);
  const results = await planCategories(session, allowEmpty);
  const saved = out === undefined || signing === undefined ? undefined : await savePlan(out, results, session, signing);
  const unclaimed = await lookForUnclaimed(session);
  const now = session.ports.clock();
  const done = [`to purge: ${amount(totalToRemove(results))}`];
  const lastRuns = await lastRunsIfSilent(session);
  const summary = summaryOf(results, now, {
    done,
    allowEmpty,
    beside: unclaimedEffect(unclaimed),
    ...(lastRuns !== undefined && { lastRuns }),
  });
  const body = [
    ...results.flatMap((result) => categorySection(result, (planned) => planSection(planned, all))),
    ...unclaimedPage(unclaimed),
  ];
  return {
    page: [
      ...summaryPage(summary, session),
      ...body,
      ...(rowsOf(body) > ONE_SCREEN ? ['', { text: summary.line, style: 'bold' } as const] : []),
      ...(saved === undefined ? [] : savedPage(saved)),
    ],
    json: {
      ...sessionJson('plan', session, summary),
      ...(saved !== undefined && { saved: savedJson(saved) }),
      ...unclaimedJson(unclaimed),
      categories: results.map((result) => ({
        ...categoryJson(result, now),
        ...(isFailed(result) ? {} : planJson(result)),
      })),
    },
    exitCode: summary.exitCode,
  };
};
