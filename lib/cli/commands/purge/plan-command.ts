import { isoInstant } from '../../../policy/time/instant.ts';
import { announcedText } from '../../../purge/guard.ts';
import { type Action, isRemoval, type Plan, type PlannedIndex } from '../../../purge/plan.ts';
import { RULE_KINDS } from '../../../rules/rule-kinds.ts';
import { isFailed } from '../../output/category-result.ts';
import { findingsPage, refusalsPage } from '../../output/findings-page.ts';
import { minute, number } from '../../output/format.ts';
import type { Page } from '../../output/page.ts';
import { categoryJson, categorySection, type Result, sessionJson, summaryPage } from '../../output/result.ts';
import { summaryOf } from '../../output/summary.ts';
import type { Style, Text } from '../../output/text.ts';
import { amount, totalToRemove } from '../../runs/amount-to-remove.ts';
import { type PlannedCategory, planCategories } from '../../runs/plan-categories.ts';
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

/** One plan: its table, index by index, then refusals and findings. */
const planSection = (planned: PlannedCategory): Page => {
  const { plan, refusals, findings } = planned;
  return [
    ...RULE_KINDS.flatMap(({ wording }) => wording.planned(plan)).map((line) => `  ${line}`),
    ...(plan.indices.length === 0
      ? []
      : [
          {
            columns: [
              { title: 'Index' },
              { title: 'Action' },
              { title: 'Documents', right: true },
              { title: 'Due', right: true },
              { title: 'Undatable', right: true },
              { title: 'From – to (UTC)' },
              { title: 'Why' },
            ],
            rows: plan.indices.map((index) => indexRow(index, refusals.length > 0)),
          },
        ]),
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

/** `plan`: shows what a purge would do with each index, and why. */
export const planCommand = async (session: Session, allowEmpty: boolean): Promise<Result> => {
  const results = await planCategories(session, allowEmpty);
  const unclaimed = await lookForUnclaimed(session);
  const now = session.ports.clock();
  const done = [`to purge: ${amount(totalToRemove(results))}`];
  const summary = summaryOf(results, now, { done, allowEmpty, beside: unclaimedEffect(unclaimed) });
  return {
    page: [
      ...summaryPage(summary, session),
      ...results.flatMap((result) => categorySection(result, planSection)),
      ...unclaimedPage(unclaimed),
    ],
    json: {
      ...sessionJson('plan', session, summary),
      ...unclaimedJson(unclaimed),
      categories: results.map((result) => ({
        ...categoryJson(result, now),
        ...(isFailed(result) ? {} : planJson(result)),
      })),
    },
    exitCode: summary.exitCode,
  };
};
