import { isBlocking } from '../../criteria/finding.ts';
import type { Category } from '../../policy/retention-policy.ts';
import { isoInstant } from '../../policy/time/instant.ts';
import type { Plan, PlannedIndex } from '../../purge/plan.ts';
import { findingsPage } from '../output/findings-page.ts';
import { count, number } from '../output/format.ts';
import type { Page } from '../output/page.ts';
import { printableIdentifier } from '../output/printable.ts';
import { ruleText } from '../output/rule-text.ts';
import type { Session } from '../session.ts';
import { type Answer, fact } from './answer.ts';
import { departureJson, departureOf, departureText, factsOf, narrowedPlan } from './category-facts.ts';
import { type Obstacle, obstaclesJson, obstaclesOn, obstaclesPage } from './obstacles.ts';

/** The number of ids that are shown. */
const SAMPLE = 5;

const undatableIn = async (
  { inspector }: Session,
  { criteria }: Plan,
  { description, usable, counts }: PlannedIndex,
) =>
  criteria.age === undefined || (counts?.undatable ?? 0) === 0
    ? undefined
    : inspector.undatable({ name: description.name, usable }, criteria.age, SAMPLE);

/** The whole request is too long for a screen: `--json` has it. */
const undatablePage = (index: string, found: Awaited<ReturnType<typeof undatableIn>>): Page =>
  found === undefined
    ? []
    : [
        fact('undatable', `such as ${found.ids.map(printableIdentifier).join(', ')}`),
        fact('see them', `GET /${index}/_search ${JSON.stringify({ query: { ids: { values: found.ids } } })}`),
        fact('all', 'the request that finds every one of them is in --json'),
        fact('date them', 'node bin/es-retention.mjs backfill-dates --category … --index … --ingested-at INSTANT'),
      ];

const countsText = ({ counts }: PlannedIndex): string => {
  if (counts === undefined) return 'not counted';
  const { documents, due, held = 0, overdue, undatable } = counts;
  return [
    count(documents, 'document', 'documents'),
    ...(due > 0 ? [`${number(due)} due`] : []),
    ...(overdue > 0 ? [`${number(overdue)} overdue`] : []),
    ...(held > 0 ? [`${number(held)} held`] : []),
    ...(undatable > 0 ? [`${number(undatable)} undatable`] : []),
  ].join(', ');
};

const goesPage = (session: Session, category: Category, { oldestAt }: Plan, { counts }: PlannedIndex): Page => {
  const now = session.ports.clock();
  const first = oldestAt === undefined ? undefined : departureOf(category, oldestAt, now);
  const last = counts?.to === undefined ? undefined : departureOf(category, counts.to, now);
  return [
    ...(oldestAt === undefined ? [] : [fact('oldest', isoInstant(oldestAt))]),
    ...(first === undefined ? [] : [fact('goes first', departureText(first))]),
    ...(last === undefined
      ? []
      : [fact('goes last', `${departureText(last)} (by the newest ${category.timestampField})`)]),
  ];
};

const isDue = ({ counts }: PlannedIndex): boolean => (counts?.due ?? 0) > 0;

const summaryOf = (planned: PlannedIndex, category: Category, obstacles: readonly Obstacle[]): string =>
  [
    `${planned.description.name} belongs to ${category.id} (${ruleText(category)})`,
    countsText(planned),
    `next run: ${planned.action}, ${planned.reason}`,
    ...(isDue(planned) && obstacles.length > 0 ? [`in the way: ${obstacles.map(({ code }) => code).join(', ')}`] : []),
  ].join(' · ');

/**
 * The actions of the next run for an index, when its documents go, and the obstacles.
 * @returns undefined if the category does not reach it.
 */
export const explainIndex = async (
  session: Session,
  category: Category,
  index: string,
): Promise<Answer | undefined> => {
  const { facts, plan } = await factsOf(session, category);
  const planned = plan.indices.find(({ description }) => description.name === index);
  if (planned === undefined) return undefined;
  const now = session.ports.clock();
  const narrowed = await narrowedPlan(session, category, index);
  const obstacles = obstaclesOn(session, facts, planned, now);
  const undatable = await undatableIn(session, plan, planned);
  const { counts, action, reason, findings } = planned;
  const isLeft = (counts?.overdue ?? 0) + (counts?.undatable ?? 0) > 0 || findings.some(isBlocking);
  return {
    summary: summaryOf(planned, category, obstacles),
    isLeft: isLeft || counts === undefined || (isDue(planned) && obstacles.length > 0),
    page: [
      fact('rule', ruleText(category)),
      fact('holds', countsText(planned)),
      ...goesPage(session, category, narrowed, planned),
      fact('next run', `${action}: ${reason}`),
      ...obstaclesPage(obstacles),
      ...undatablePage(index, undatable),
      ...findingsPage(findings.filter((finding) => !isBlocking(finding))),
    ],
    json: {
      category: category.id,
      index,
      rule: ruleText(category),
      action,
      reason,
      counts: counts ?? null,
      oldestAt: narrowed.oldestAt === undefined ? null : isoInstant(narrowed.oldestAt),
      goesFirst: departureJson(
        narrowed.oldestAt === undefined ? undefined : departureOf(category, narrowed.oldestAt, now),
      ),
      goesLast: departureJson(counts?.to === undefined ? undefined : departureOf(category, counts.to, now)),
      obstacles: obstaclesJson(obstacles),
      undatable: undatable ?? null,
      findings,
    },
  };
};
