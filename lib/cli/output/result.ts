import type { Category } from '../../policy/retention-policy.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import { nextRun } from '../../policy/time/schedule.ts';
import { observeSentence } from '../../purge/report/report.ts';
import { RULE_KINDS } from '../../rules/rule-kinds.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Session } from '../session.ts';
import { type CategoryResult, type Failed, isFailed, promiseStateOf } from './category-result.ts';
import { failurePage } from './findings-page.ts';
import type { Page } from './page.ts';
import { problemsOf } from './problems.ts';
import { ruleText } from './rule-text.ts';
import type { Summary } from './summary.ts';
import type { Text } from './text.ts';

/** The result of a command for people, programs and the shell. */
export interface Result {
  readonly page: Page;
  /** The JSON document of `--json`. It always contains `command`, `summary` and `exitCode`. */
  readonly json: Readonly<Record<string, unknown>>;
  /** The answer as CSV, if that was asked for. Nothing else is written then. */
  readonly csv?: string;
  /** The answer in another text format, if that was asked for, with its line ends and without control characters. */
  readonly text?: string;
  readonly exitCode: ExitCode;
}

/** The keys about the whole run, for every command's document. Instants are ISO 8601 in UTC, durations milliseconds. */
export const sessionJson = (command: string, { policy, policyFile }: Session, summary: Summary) => ({
  command,
  summary: summary.line,
  exitCode: summary.exitCode,
  kept: summary.kept,
  of: summary.of,
  empty: summary.empty,
  nextRunAt: summary.nextRunAt === undefined ? null : isoInstant(summary.nextRunAt),
  policy: { file: policyFile, version: policy.version, mode: policy.mode },
});

const rulesJson = (category: Category): Readonly<Record<string, unknown>> =>
  Object.assign({}, ...RULE_KINDS.map(({ wording }) => wording.json(category)));

/**
 * The keys about one category, for every command's document. `kept` is null if there is nothing to keep, or if it is
 * unknown; `state` says which.
 */
export const categoryJson = (result: CategoryResult | Failed, now: Instant): Readonly<Record<string, unknown>> => {
  const { category } = result;
  const next = nextRun(category.schedule, now);
  const state = promiseStateOf(result);
  const common = {
    category: category.id,
    title: category.title,
    ...rulesJson(category),
    nextRunAt: next === undefined ? null : isoInstant(next),
    state,
    kept: state === 'kept' ? true : state === 'not kept' ? false : null,
    problems: problemsOf(result),
  };
  if (isFailed(result)) return { ...common, error: result.failure };
  return {
    ...common,
    oldestAt: result.oldestAt === undefined ? null : isoInstant(result.oldestAt),
    overdueByMilliseconds: result.overdueBy,
    totals: result.totals,
    refusals: result.refusals,
    findings: result.findings,
  };
};

/** A note in observe mode: what the mode means, and how to change it. Empty otherwise. */
export const observeLines = ({ policy, policyFile }: Pick<Session, 'policy' | 'policyFile'>): readonly string[] =>
  policy.mode === 'observe' ? [observeSentence(policyFile)] : [];

/** A note if no category has an index: it may be the wrong cluster, or a typing error in the patterns. */
export const NOTHING_THERE =
  'No index of these categories is there. Check that this is the cluster you mean, and the patterns in the policy; for a service that has no index yet, add --allow-empty.';

/** The summary, with notes if the policy is in observe mode or nothing was found. */
export const summaryPage = (summary: Summary, session: Session): Page => [
  { text: summary.line, style: 'bold' },
  ...(summary.isNothingThere ? [NOTHING_THERE] : []),
  ...observeLines(session),
];

/** A category's heading and content; for a failed category, the reason. */
export const categorySection = <T extends CategoryResult>(result: T | Failed, body: (result: T) => Page): Page => {
  const { category } = result;
  const { id, title } = category;
  const heading: Text = [{ text: id, style: 'bold' }, `${title === id ? '' : ` · ${title}`} · ${ruleText(category)}`];
  return ['', heading, ...(isFailed(result) ? failurePage(result.failure) : body(result))];
};
