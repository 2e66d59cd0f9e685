import { randomUUID } from 'node:crypto';
import { InputError } from '../../../base/errors.ts';
import { isRepetition, withHold } from '../../../control/change-controls.ts';
import { type Hold, type HoldTarget, isNamed, reachesIndex } from '../../../control/controls.ts';
import { CategoryVisit } from '../../../erasure/recording/category-visit.ts';
import type { Category, RetentionPolicy } from '../../../policy/retention-policy.ts';
import { assertOurClock } from '../../clock-check.ts';
import type { CommandProcess } from '../../consent/terminal.ts';
import { changeCategoryControls } from '../../controls/change-category-controls.ts';
import { readFuture, readText, readWait } from '../../controls/control-values.ts';
import { targetText } from '../../controls/hold-text.ts';
import { keptWholeBy, keptWholeClauses, keptWholeLine } from '../../controls/kept-whole.ts';
import { reachedCategories } from '../../controls/reached-categories.ts';
import { stillClauses, stillExitCode, stillJson, stillPage, waitForRuns } from '../../controls/still-destroying.ts';
import { askedSubject } from '../../erasures/subject-entries.ts';
import { EXIT, worstOf } from '../../exit-code.ts';
import { count } from '../../output/format.ts';
import type { Result } from '../../output/result.ts';
import { unreachedClauses, unreachedExitCode, unreachedJson, unreachedSection } from '../../output/unreached.ts';
import type { ControlInvocation } from '../../program/control-program.ts';
import type { Session } from '../../session.ts';

type Holding = Extract<ControlInvocation, { command: 'hold' }>;

const badTarget = (found: string): InputError =>
  new InputError('bad-hold', {
    expected: 'one thing to hold: --uin (with --app, if it is one application), --index, or --category alone',
    found,
    fix: 'Give one of them. With --uin, --category limits the hold to these categories. Nothing was done.',
  });

/** @throws InputError `bad-hold`, and the errors of {@link askedSubject} */
const targetOf = (invocation: Holding): HoldTarget => {
  const { index, selection } = invocation;
  const subject = askedSubject(invocation);
  if (subject !== undefined && index !== undefined) throw badTarget('--uin and --index');
  if (subject !== undefined)
    return {
      scope: subject.app === undefined ? 'account' : 'application',
      uin: subject.uin,
      ...(subject.app !== undefined && { sdkAppId: subject.app }),
    };
  if (index !== undefined) return { scope: 'index', index };
  if (selection.category === undefined) throw badTarget('none');
  return { scope: 'category' };
};

const badIndex = (found: string, fix: string): InputError =>
  new InputError('bad-hold', {
    expected: 'the name of one index, or data stream, that is there and belongs to a category',
    found,
    fix: `${fix} Nothing was done.`,
  });

const idsOf = (categories: readonly Category[]): string => categories.map(({ id }) => id).join(', ');

/** None of the chosen categories reaches the index. */
const notReached = (policy: RetentionPolicy, chosen: readonly Category[], index: string): InputError => {
  const others = [...policy.categories.values()].filter((category) => reachesIndex(category, index));
  return others.length === 0
    ? badIndex(
        'a name that no category reaches: no run touches it',
        'Check the name. An alias is not enough: name its indices.',
      )
    : badIndex(
        `a name that ${idsOf(others)} reaches, and not ${idsOf(chosen)}`,
        `Leave --category out, or write --category ${others[0]?.id}.`,
      );
};

/**
 * The categories of the policy in which an index is held. A hold of a name without an index would keep nothing.
 * @throws InputError `bad-hold`, and the errors of the store
 */
const indexPlaces = async ({ categories, policy, ports }: Session, index: string): Promise<readonly string[]> => {
  if (/[*?,]/.test(index))
    throw badIndex(
      'a name that no index has: a pattern, or several names',
      'One hold keeps one index: place one for each, or hold the category.',
    );
  const reaching = categories.filter((category) => reachesIndex(category, index));
  if (reaching.length === 0) throw notReached(policy, categories, index);
  const places: string[] = [];
  for (const { id, indices, timestampField } of reaching) {
    const there = await ports.store.describe(indices, [timestampField]);
    if (there.some((each) => isNamed(each, index))) places.push(id);
  }
  if (places.length > 0) return places;
  throw badIndex(
    'a name that no index has',
    'Check the name (GET /_cat/indices). One hold keeps one index: place one for each, or hold the category.',
  );
};

/**
 * The categories in which a hold is placed. No pattern of a category outside the policy is known, so a hold of an index
 * is placed in each of them.
 * @throws InputError `bad-hold`, and the errors of the store
 */
const placesOf = async (
  session: Session,
  { index }: HoldTarget,
  { selection }: Pick<Holding, 'selection'>,
): Promise<readonly string[]> => {
  const reached = await reachedCategories(session, selection);
  if (index === undefined) return reached;
  const places = await indexPlaces(session, index);
  return reached.filter((id) => places.includes(id) || !session.policy.categories.has(id));
};

/** An earlier hold of the same command, which did not reach all categories. */
const earlier = async (session: Session, hold: Hold, places: readonly string[]): Promise<Hold | undefined> => {
  const found = await new CategoryVisit().each(places, (category) => session.ports.controls.read(category));
  return [...found.values()].flatMap((read) => read?.controls.holds ?? []).find((known) => isRepetition(known, hold));
};

/**
 * `hold`: after it returns, none of its documents is destroyed, or it says which run may still destroy them. The same
 * command again completes a hold that did not reach every category.
 */
export const holdCommand = async (session: Session, invocation: Holding, process: CommandProcess): Promise<Result> => {
  const now = session.ports.clock();
  const target = targetOf(invocation);
  const wait = readWait(invocation.wait);
  const asked: Hold = {
    ...target,
    id: `hold_${randomUUID()}`,
    reason: readText('--reason', invocation.reason),
    by: readText('--by', invocation.by),
    placedAt: now,
    reviewAt: readFuture('--review-at', invocation.reviewAt, now),
  };
  await assertOurClock(session);
  const places = await placesOf(session, target, invocation);
  const hold = (await earlier(session, asked, places)) ?? asked;
  const visit = new CategoryVisit();
  const done = await visit.each(places, (category) => changeCategoryControls(session, category, withHold(hold)));
  const { unreached } = visit;
  const covered = [...done.keys()];
  const added = [...done.values()].filter(({ isChanged }) => isChanged).length;
  const whole = await keptWholeBy(session, hold, covered);
  const still = await waitForRuns(session, covered, wait, process);
  const said = added > 0 || covered.length === 0 ? 'Held' : 'Held before';
  const summary = [
    `${said}: ${targetText(target)} in ${count(covered.length, 'category', 'categories')}`,
    ...unreachedClauses(unreached, 'not held'),
    ...keptWholeClauses(whole),
    ...stillClauses(still),
  ].join(' · ');
  const exitCode = worstOf([
    unreachedExitCode(unreached),
    stillExitCode(still),
    ...(unreached.length > 0 ? [EXIT.failed] : []),
    ...(whole.length > 0 ? [EXIT.left] : []),
  ]);
  return {
    page: [
      { text: summary, style: 'bold' },
      ...(covered.length === 0 ? [] : [`${hold.id}, in ${covered.join(', ')}`]),
      ...whole.map(keptWholeLine),
      ...stillPage(still, covered),
      ...(unreached.length > 0 ? ['Run the same command again: it completes this hold.'] : []),
      ...unreachedSection(unreached, 'not held'),
    ],
    json: {
      command: 'hold',
      summary,
      exitCode,
      id: covered.length === 0 ? null : hold.id,
      categories: covered,
      keptWhole: whole.map(({ category: { id }, indices }) => ({ category: id, indices: indices ?? null })),
      notHeld: unreachedJson(unreached),
      ...stillJson(still),
    },
    exitCode,
  };
};
