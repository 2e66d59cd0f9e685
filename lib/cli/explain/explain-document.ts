import type { Counts } from '../../criteria/counts.ts';
import { isBlocking } from '../../criteria/finding.ts';
import type { Category } from '../../policy/retention-policy.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import type { PlannedIndex } from '../../purge/plan.ts';
import { findingsPage } from '../output/findings-page.ts';
import { minute } from '../output/format.ts';
import { printableIdentifier } from '../output/printable.ts';
import { ruleText } from '../output/rule-text.ts';
import type { Text } from '../output/text.ts';
import type { Session } from '../session.ts';
import { type Answer, fact } from './answer.ts';
import { departureJson, departureOf, departureText, factsOf, narrowedPlan } from './category-facts.ts';
import { holdsOnDocument } from './holds-on-document.ts';
import { heldBy, type Obstacle, obstaclesJson, obstaclesOn, obstaclesPage } from './obstacles.ts';

/**
 * A date in the form in which a document has it. A value that is no date could be somebody's data, and is not shown.
 */
const DATE_LIKE = /^[\d\-+:.TZ/ ]{1,40}$/;

const valueText = (value: unknown): string => {
  if (value === undefined) return 'none';
  if (Array.isArray(value)) return value.map(valueText).join(', ');
  const text = `${value}`;
  if (typeof value !== 'object' && DATE_LIKE.test(text)) return text;
  return typeof value === 'string' ? `a text of ${text.length} characters` : `a value of type ${typeof value}`;
};

/** The class of one document, from the counts of a survey that looked at this document alone. */
type State = 'held' | 'overdue' | 'due' | 'undatable' | 'live';

const stateOf = ({ held = 0, overdue, due, undatable }: Counts): State => {
  if (held > 0) return 'held';
  if (overdue > 0) return 'overdue';
  if (due > 0) return 'due';
  return undatable > 0 ? 'undatable' : 'live';
};

/** The field by whose date the document counts. */
const decidingField = (
  { timestampField, ingestedField }: Category,
  { usable, counts }: PlannedIndex,
  date: Instant,
): string => {
  if (usable.decided !== undefined)
    return `${usable.decided === 'timestamp' ? timestampField : ingestedField}, as dateDecisions in the policy says`;
  if (!usable.ingested) return timestampField;
  if (!usable.timestamp || counts?.to === undefined) return ingestedField;
  return date > counts.to ? `${ingestedField}, the later of its dates` : `${timestampField}, the latest of its dates`;
};

const whenText = (state: State, date: Instant | undefined, category: Category, now: Instant): string => {
  const departure = date === undefined ? undefined : departureOf(category, date, now);
  if (departure !== undefined && state !== 'undatable') return departureText(departure);
  if (category.rules.age !== undefined) return 'never by age: no date of it can be used';
  return state === 'due'
    ? 'with the next run: the erasure of its account is due'
    : 'when the erasure of its account is due';
};

const STATE_WORDS: Readonly<Record<State, string>> = {
  held: 'is under a legal hold, and stays',
  overdue: 'is overdue',
  due: 'is due',
  undatable: 'has no usable date, and stays',
  live: 'is not due yet',
};

const summaryOf = (name: string, state: State, category: Category, obstacles: readonly Obstacle[]): string =>
  [
    `${name} ${STATE_WORDS[state]} (${category.id}, ${ruleText(category)})`,
    ...(state === 'live' || obstacles.length === 0
      ? []
      : [`in the way: ${obstacles.map(({ code }) => code).join(', ')}`]),
  ].join(' · ');

/** The obstacles of the whole index. Without them, the document would be dropped with its index. */
const blocksOf = ({ findings }: PlannedIndex): PlannedIndex['findings'] =>
  findings.filter(({ code }) => ['write-blocked', 'drop-blocked', 'no-sequence-numbers'].includes(code));

/**
 * Why one document is still there, and when it goes, by the queries of the next run, narrowed to the document. Shows no
 * content but its dates.
 * @returns undefined if the category has no such document.
 */
export const explainDocument = async (
  session: Session,
  category: Category,
  index: string,
  id: string,
): Promise<Answer | undefined> => {
  const narrowed = await narrowedPlan(session, category, index, id);
  const planned = narrowed.indices.find(({ description }) => description.name === index);
  if (planned === undefined || planned.counts?.documents === 0) return undefined;
  const now = session.ports.clock();
  const { facts, plan } = await factsOf(session, category);
  const whole = plan.indices.find(({ description }) => description.name === index) ?? planned;
  const name = `${index}/${printableIdentifier(id)}`;
  if (planned.counts === undefined) {
    const obstacles = obstaclesOn(session, facts, planned, now);
    const summary = `${name} could not be looked at: ${planned.reason}`;
    const json = { category: category.id, index, id, state: 'unknown', obstacles: obstaclesJson(obstacles) };
    return { summary, isLeft: true, page: obstaclesPage(obstacles), json };
  }
  const state = stateOf(planned.counts);
  const date = narrowed.oldestAt;
  const fields = [category.timestampField, category.ingestedField];
  const values = await session.inspector.valuesOf(index, id, fields);
  const looked = { ...planned, findings: [...planned.findings, ...blocksOf(whole)] };
  const holds = state === 'held' ? await holdsOnDocument(session, narrowed, planned, id) : [];
  const obstacles = [...holds.map(heldBy), ...obstaclesOn(session, facts, looked, now)];
  const own = planned.findings.filter((finding) => !isBlocking(finding));
  const decides: Text =
    date === undefined
      ? 'no date'
      : `${decidingField(category, planned, date)}: ${minute(date)} UTC (${isoInstant(date)})`;
  return {
    summary: summaryOf(name, state, category, obstacles),
    isLeft: state === 'overdue' || state === 'undatable' || (state === 'due' && obstacles.length > 0),
    page: [
      fact('rule', ruleText(category)),
      fact('dates', fields.map((field) => `${field}: ${valueText(values?.get(field))}`).join(' · ')),
      fact('decides', decides),
      fact('goes', whenText(state, date, category, now)),
      ...obstaclesPage(obstacles),
      ...findingsPage(own),
    ],
    json: {
      category: category.id,
      index,
      id,
      state,
      rule: ruleText(category),
      dates: Object.fromEntries(
        fields.map((field) => [field, values?.has(field) ? valueText(values.get(field)) : null]),
      ),
      decidedAt: date === undefined ? null : isoInstant(date),
      decidedBy: date === undefined ? null : decidingField(category, planned, date),
      goes: state === 'undatable' || date === undefined ? null : departureJson(departureOf(category, date, now)),
      obstacles: obstaclesJson(obstacles),
      findings: own,
    },
  };
};
