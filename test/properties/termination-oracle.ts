import type { AccountEvent } from '../../lib/erasure/events/account-event.ts';
import type { Subject } from '../../lib/erasure/subjects/subject.ts';
import type { TerminationRule } from '../../lib/policy/rules/rules.ts';
import type { TerminationTrigger } from '../../lib/policy/termination-trigger.ts';
import type { Instant } from '../../lib/policy/time/instant.ts';
import type { InMemoryDocument } from '../support/in-memory/in-memory-cluster.ts';

// What is owed, in the issue's own sentences, as one who lives through the events in their order would see it. It calls
// nothing of lib/erasure on purpose.

/** What one subject is owed for one kind of termination. */
export interface Owed {
  readonly terminatedAt: Instant;
  /** Not before. */
  readonly eraseFrom: Instant;
  /** Not later than. */
  readonly eraseBy: Instant;
}

/**
 * Lives through the events of one scope: a reinstatement ends what is owed (at the same instant too), a termination
 * begins it, and one that comes while something is owed can only hasten it.
 */
export const owedAfter = (
  events: readonly Pick<AccountEvent, 'type' | 'at' | 'immediate'>[],
  trigger: TerminationTrigger,
  { cancelWindow, deadline }: TerminationRule,
): Owed | undefined => {
  const inOrder = [...events].sort(
    (a, b) => a.at - b.at || Number(a.type === 'account-reinstated') - Number(b.type === 'account-reinstated'),
  );
  let owed: Owed | undefined;
  for (const { type, at, immediate } of inOrder) {
    if (type === 'account-reinstated') owed = undefined;
    else if (type === trigger) {
      owed ??= { terminatedAt: at, eraseFrom: at + cancelWindow.milliseconds, eraseBy: at + deadline.milliseconds };
      if (immediate && at < owed.eraseFrom) owed = { ...owed, eraseFrom: at };
    }
  }
  return owed;
};

/** Whom one field of a document names: a number by its value, a text as it is, null as nobody. */
const namedIn = (values: InMemoryDocument['uin'] = []): readonly string[] => [
  ...new Set(values.flatMap((value) => (value === null ? [] : [JSON.stringify(value).replace(/^"(.*)"$/, '$1')]))),
];

/** Bears the subject's account (and application), and no other one beside it. */
export const isOnlyOf = ({ uin, sdkAppId }: Subject, document: InMemoryDocument): boolean =>
  namedIn(document.uin).join() === uin && (sdkAppId === undefined || namedIn(document.sdkAppId).join() === sdkAppId);

/** Bears the subject's account (and application), whoever else's it bears. */
export const isOf = ({ uin, sdkAppId }: Subject, document: InMemoryDocument) =>
  namedIn(document.uin).includes(uin) && (sdkAppId === undefined || namedIn(document.sdkAppId).includes(sdkAppId));

/** Any date of it is after the instant: it was made, or stored, later. */
const isDatedAfter = ({ timestamps, ingested }: InMemoryDocument, instant: Instant): boolean =>
  [...timestamps, ...ingested].some((value) => value > instant);

/**
 * Whether a document goes with a subject: all there is after a deletion; after the end of use what is not newer than
 * that.
 */
export const goesWith = (
  document: InMemoryDocument,
  subject: Subject,
  trigger: TerminationTrigger,
  terminatedAt: Instant,
): boolean => isOnlyOf(subject, document) && (trigger === 'account-deleted' || !isDatedAfter(document, terminatedAt));
