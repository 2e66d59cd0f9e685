import type { AccountEvent } from '../../../erasure/events/account-event.ts';
import type { Unreached } from '../../../erasure/recording/category-visit.ts';
import { isoInstant } from '../../../policy/time/instant.ts';
import type { Page } from '../../output/page.ts';
import { shellWord, subjectFlags } from '../../output/shell-word.ts';
import { unreachedClauses, unreachedJson, unreachedSection } from '../../output/unreached.ts';

/**
 * The command that records the same event again. It includes the instant, so that nothing changes in categories that
 * have already recorded the event.
 */
const repeating = ({ type, subject, at, immediate }: AccountEvent, policyFile: string): string =>
  [
    `node bin/es-retention.mjs ${type === 'account-reinstated' ? 'reinstate' : 'terminate'}`,
    subjectFlags(subject.uin, subject.sdkAppId),
    ...(type === 'account-deleted' ? ['--account-deleted'] : []),
    ...(immediate ? ['--immediate'] : []),
    `--at ${isoInstant(at)}`,
    `--policy ${shellWord(policyFile)}`,
  ].join(' ');

const meaningOf = ({ type }: AccountEvent): string =>
  type === 'account-reinstated'
    ? 'The reinstatement has not reached these categories: what is owed there GOES ON, and is erased when its time has come.'
    : 'Nothing is owed in these categories yet: what they hold stays.';

/** The event is in the event log, but it is unknown whether it reached every entry. */
const isDoubted = ({ isDoubted: is }: Unreached): boolean => is === true;
const isUnrecorded = (each: Unreached): boolean => !isDoubted(each);

/**
 * The clauses for a summary about categories in which an event could not be recorded, or not matched with every entry.
 */
export const notRecordedClauses = (unreached: readonly Unreached[]): readonly string[] => [
  ...unreachedClauses(unreached.filter(isUnrecorded), 'NOT recorded'),
  ...unreachedClauses(unreached.filter(isDoubted), 'recorded, and NOT matched with every entry'),
];

/** The section for people: each category with the fix, the consequence, and the command to repeat. */
export const notRecordedPage = (unreached: readonly Unreached[], event: AccountEvent, policyFile: string): Page =>
  unreached.length === 0
    ? []
    : [
        ...(unreached.some(isUnrecorded) ? [{ text: meaningOf(event), style: 'red' } as const] : []),
        `Fix what is said below, then repeat it: ${repeating(event, policyFile)}`,
        'Repeating it changes nothing where it was recorded.',
        ...unreachedSection(unreached.filter(isUnrecorded), 'NOT recorded'),
        ...unreachedSection(unreached.filter(isDoubted), 'recorded, and NOT matched with every entry'),
        '',
      ];

/** The keys for programs. */
export const notRecordedJson = (unreached: readonly Unreached[], event: AccountEvent, policyFile: string) =>
  unreachedJson(unreached).map((each) => ({ ...each, toRepeat: repeating(event, policyFile) }));
