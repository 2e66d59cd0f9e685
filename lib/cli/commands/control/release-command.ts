import { InputError } from '../../../base/errors.ts';
import { releasedHold, withoutHold } from '../../../control/change-controls.ts';
import type { ReleasedHold } from '../../../control/control-store.ts';
import type { Hold } from '../../../control/controls.ts';
import { CategoryVisit } from '../../../erasure/recording/category-visit.ts';
import { subjectHashes } from '../../../erasure/subjects/subject-hash.ts';
import { assertOurClock } from '../../clock-check.ts';
import { changeCategoryControls } from '../../controls/change-category-controls.ts';
import { readText } from '../../controls/control-values.ts';
import { reachedCategories } from '../../controls/reached-categories.ts';
import { EXIT, worstOf } from '../../exit-code.ts';
import { count } from '../../output/format.ts';
import type { Result } from '../../output/result.ts';
import { unreachedClauses, unreachedExitCode, unreachedJson, unreachedSection } from '../../output/unreached.ts';
import type { ControlInvocation } from '../../program/control-program.ts';
import type { Session } from '../../session.ts';

type Releasing = Extract<ControlInvocation, { command: 'release' }>;

/** The keyed hash of the account or application, for the history; undefined without keys. */
const hashOf = async (session: Session, { uin, sdkAppId }: Hold): Promise<ReleasedHold['subject']> => {
  if (uin === undefined) return undefined;
  try {
    const [hash] = subjectHashes(
      { uin, ...(sdkAppId !== undefined && { sdkAppId }) },
      await session.erasure.subjectKeys(),
    );
    return hash;
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
};

const unknownHold = (id: string, isReleased: boolean): InputError =>
  new InputError('no-such-hold', {
    expected: 'the id of an open hold, as holds lists it',
    found: isReleased ? `${id}, which was released before` : `${id}, which no category has`,
    fix: 'Nothing was done. To see the open holds, run node bin/es-retention.mjs holds.',
  });

/** Releases a hold in one category: first the history, then the controls, so that a crash leaves the hold in force. */
const releaseIn = async (session: Session, category: string, id: string, by: string): Promise<boolean> => {
  const { controls, clock } = session.ports;
  const hold = (await controls.read(category))?.controls.holds.find((each) => each.id === id);
  if (hold === undefined) return false;
  await controls.keepReleased(category, [releasedHold(hold, by, clock(), await hashOf(session, hold))]);
  return (await changeCategoryControls(session, category, withoutHold(id))).isChanged;
};

/**
 * `release`: ends a hold in every category, even if the policy does not know it any more. The next run of each
 * category catches up. If some categories do not answer, the same command completes the release later.
 */
export const releaseCommand = async (session: Session, { id, by, selection }: Releasing): Promise<Result> => {
  const name = readText('--by', by);
  await assertOurClock(session);
  const visit = new CategoryVisit();
  const places = await reachedCategories(session, selection);
  const done = await visit.each(places, (category) => releaseIn(session, category, id, name));
  const { unreached } = visit;
  const released = [...done].flatMap(([category, isReleased]) => (isReleased ? category : []));
  if (released.length === 0 && unreached.length === 0) {
    const known = await visit.each(places, (category) => session.ports.controls.released(category, [id]));
    throw unknownHold(
      id,
      [...known.values()].some((each) => each.length > 0),
    );
  }
  const summary = [
    released.length === 0 ? 'Released: nowhere' : `Released in ${count(released.length, 'category', 'categories')}`,
    ...unreachedClauses(unreached, 'not released'),
  ].join(' · ');
  const exitCode = worstOf([unreachedExitCode(unreached), ...(unreached.length > 0 ? [EXIT.failed] : [])]);
  return {
    page: [
      { text: summary, style: 'bold' },
      ...(released.length === 0
        ? []
        : [`${id}, in ${released.join(', ')}. The next run of each catches up by itself.`]),
      ...(unreached.length > 0 ? ['Run the same command again: it completes the release.'] : []),
      ...unreachedSection(unreached, 'not released'),
    ],
    json: {
      command: 'release',
      summary,
      exitCode,
      id,
      categories: released,
      notReleased: unreachedJson(unreached),
    },
    exitCode,
  };
};
