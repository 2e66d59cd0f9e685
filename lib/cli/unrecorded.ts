import type { Unreached } from '../erasure/gathering.ts';
import type { TerminationEvent } from '../erasure/termination-event.ts';
import { isoInstant } from '../policy/instant.ts';
import type { Page } from './page.ts';
import { shellWord, subjectFlags } from './shell-word.ts';
import { unreachedClauses, unreachedJson, unreachedSection } from './unreached.ts';

/** The command that records the same once more: with its own instant, so that where it is recorded it changes nothing. */
const repeating = ({ type, subject, at, immediate }: TerminationEvent, policyFile: string): string =>
  [
    `node bin/es-retention.mjs ${type === 'account-reinstated' ? 'reinstate' : 'terminate'}`,
    subjectFlags(subject.uin, subject.sdkAppId),
    ...(type === 'account-deleted' ? ['--account-deleted'] : []),
    ...(immediate ? ['--immediate'] : []),
    `--at ${isoInstant(at)}`,
    `--policy ${shellWord(policyFile)}`,
  ].join(' ');

const meaningOf = ({ type }: TerminationEvent): string =>
  type === 'account-reinstated'
    ? 'The reinstatement has not reached these categories: what is owed there GOES ON, and is erased when its time has come.'
    : 'Nothing is owed in these categories yet: what they hold stays.';

/** What the verdict says of categories in which an event could not be recorded. */
export const notRecordedClauses = (unreached: readonly Unreached[]): readonly string[] =>
  unreachedClauses(unreached, 'NOT recorded');

/** Each of them with the way out, what it means, and the command to repeat. */
export const notRecordedPage = (unreached: readonly Unreached[], event: TerminationEvent, policyFile: string): Page =>
  unreached.length === 0
    ? []
    : [
        { text: meaningOf(event), style: 'red' },
        `Mend what is said below, then repeat it: ${repeating(event, policyFile)}`,
        'Repeating it changes nothing where it was recorded.',
        ...unreachedSection(unreached, 'NOT recorded'),
        '',
      ];

/** The same for programs. */
export const notRecordedJson = (unreached: readonly Unreached[], event: TerminationEvent, policyFile: string) =>
  unreachedJson(unreached).map((each) => ({ ...each, toRepeat: repeating(event, policyFile) }));
