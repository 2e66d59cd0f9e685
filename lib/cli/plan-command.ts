import { isoInstant } from '../policy/instant.ts';
import { guard } from '../purge/guard.ts';
import type { Action, Plan, PlannedIndex } from '../purge/plan.ts';
import { planPurge } from '../purge/purge.ts';
import { findingsPage, refusalsPage } from './findings-page.ts';
import type { Page } from './page.ts';
import { erasuresOf } from './planned-erasures.ts';
import { categoryJson, categorySection, type Result, sessionJson, verdictPage } from './result.ts';
import { count, minute, number } from './say.ts';
import { forEachCategory, type Session } from './session.ts';
import { type Failed, isFailed, type Standing, standingOfPlan } from './standing.ts';
import type { Style, Text } from './text.ts';
import { verdictOf } from './verdict.ts';

/** Categories asked about at once: each takes a handful of requests. */
export const ASKED_AT_ONCE = 3;

export interface Planned extends Standing {
  readonly plan: Plan;
}

/** Plans every category of the session, and lets the guard look at each plan. Changes nothing. */
export const planCategories = ({ policy, categories, ports }: Session): Promise<(Planned | Failed)[]> =>
  forEachCategory(categories, ASKED_AT_ONCE, async (category) => {
    const plan = await planPurge({ policy, category }, ports);
    return { ...standingOfPlan(plan, guard(plan)), plan };
  });

const REMOVES: readonly Action[] = ['drop', 'delete'];

/** What a purge would remove: nothing of a plan that is refused. */
export const toRemove = ({ plan, refusals }: Planned): { readonly documents: number; readonly indices: number } => {
  const touched = refusals.length > 0 ? [] : plan.indices.filter(({ action }) => REMOVES.includes(action));
  return {
    documents: touched.reduce((sum, { counts }) => sum + (counts?.due ?? 0), 0),
    indices: touched.filter(({ action }) => action === 'drop').length,
  };
};

/** The same for all categories together. */
export const totalToRemove = (results: readonly (Planned | Failed)[]): ReturnType<typeof toRemove> =>
  results
    .flatMap((result) => (isFailed(result) ? [] : [toRemove(result)]))
    .reduce((sum, each) => ({ documents: sum.documents + each.documents, indices: sum.indices + each.indices }), {
      documents: 0,
      indices: 0,
    });

/** `12,345 documents, 8 whole indices` */
export const amount = ({ documents, indices }: ReturnType<typeof toRemove>): string =>
  `${count(documents, 'document', 'documents')}${indices === 0 ? '' : `, ${count(indices, 'whole index', 'whole indices')} among them`}`;

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

const indexRow = ({ description, action, counts, reason }: PlannedIndex): readonly Text[] => [
  description.name,
  actionCell(action),
  ...(counts === undefined
    ? ['?', '?', '?']
    : [number(counts.documents), number(counts.due), number(counts.undatable)]),
  counts?.from === undefined || counts.to === undefined ? '' : `${minute(counts.from)} – ${minute(counts.to)}`,
  reason,
];

/** Of a category with a termination rule: how many subjects are due to be erased, and what was found of them. */
const erasuresLine = ({ plan: { category, criteria, survey } }: Planned): Page => {
  if (category.rules.termination === undefined) return [];
  const { due, withoutDocuments, documents } = erasuresOf(criteria, survey);
  if (due === 0) return ['  no erasure is due'];
  const none = withoutDocuments === 0 ? '' : `, ${number(withoutDocuments)} of them without any`;
  return [
    `  due to be erased: ${count(documents, 'document', 'documents')} of ${count(due, 'terminated subject', 'terminated subjects')}${none}`,
  ];
};

/** One plan: its table, index by index, then refusals and findings. */
const planSection = (planned: Planned): Page => {
  const { plan, refusals, findings } = planned;
  return [
    ...(plan.criteria.age === undefined
      ? []
      : [`  removes what is dated before ${isoInstant(plan.criteria.age.cutoff)}`]),
    ...erasuresLine(planned),
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
            rows: plan.indices.map(indexRow),
          },
        ]),
    ...refusalsPage(refusals),
    ...findingsPage(findings),
  ];
};

const planJson = ({ plan }: Planned) => ({
  erasures: plan.category.rules.termination === undefined ? null : erasuresOf(plan.criteria, plan.survey),
  cutoff: plan.criteria.age === undefined ? null : isoInstant(plan.criteria.age.cutoff),
  plannedAt: isoInstant(plan.plannedAt),
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

/** `plan`: what a purge would do, index by index, and why. */
export const planCommand = async (session: Session): Promise<Result> => {
  const results = await planCategories(session);
  const now = session.ports.clock();
  const verdict = verdictOf(results, now, [`to purge: ${amount(totalToRemove(results))}`]);
  return {
    page: [...verdictPage(verdict, session), ...results.flatMap((result) => categorySection(result, planSection))],
    json: {
      ...sessionJson('plan', session, verdict),
      categories: results.map((result) => ({
        ...categoryJson(result, now),
        ...(isFailed(result) ? {} : planJson(result)),
      })),
    },
    exitCode: verdict.exitCode,
  };
};
