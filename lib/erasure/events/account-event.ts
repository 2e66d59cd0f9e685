import type { Instant } from '../../policy/time/instant.ts';
import type { Subject } from '../subjects/subject.ts';
import { AccountEventError } from './account-event-error.ts';
import { type AccountEventType, type EventBounds, readEffectiveAt, readImmediate } from './event-fields.ts';
import { readIdentifier, readRequestId } from './identifier.ts';
import { assertNamesNobody } from './request-id.ts';

/** How an account event reached us: by the webhook, directly from the bus, or from a person with an operator's keys. */
export type EventSource = 'webhook' | 'bus' | 'person';

/** An account was deleted, its use of the feature was terminated, or it was reinstated. */
export interface AccountEvent {
  /**
   * The sender's id of the message (the webhook-id or the bus event's id). It stays the same from webhook to receipt.
   */
  readonly requestId: string;
  readonly type: AccountEventType;
  readonly subject: Subject;
  /** When the event takes effect (terminatedAt, reinstatedAt), in epoch milliseconds. */
  readonly at: Instant;
  /**
   * Skips the cancel window. Only for terminations. In messages, the policy must allow it; see
   * {@link dropForbiddenImmediate}.
   */
  readonly immediate: boolean;
  /** Absent if an earlier version recorded the event: then no limit counts it. */
  readonly source?: EventSource;
  /** When it reached us, by our own clock or by the clock of our queue. */
  readonly arrivedAt?: Instant;
}

/**
 * Removes `immediate` from the event of a message, unless the policy lets messages skip the cancel window.
 * @param allowed `terminations` of the policy.
 */
export const dropForbiddenImmediate = (
  event: AccountEvent,
  allowed: { readonly immediate: boolean },
): AccountEvent => ({
  ...event,
  immediate: event.immediate && allowed.immediate,
});

/** An event as its sender wrote it, unchecked. */
export interface AccountEventInput {
  readonly requestId: unknown;
  readonly type: AccountEventType;
  readonly uin: unknown;
  readonly sdkAppId?: unknown;
  /** An ISO 8601 instant. */
  readonly at: unknown;
  readonly immediate?: unknown;
}

/** The sender's names of the fields, where they differ from ours. */
export type FieldNames = Partial<Record<keyof AccountEventInput, string>>;

const refuseApplication = (field: string): never => {
  throw new AccountEventError('bad-termination', field, {
    expected: `no ${field} when an account is deleted`,
    found: 'one',
    fix: 'Leave it out, because deleting an account covers its applications. Or terminate the Feature for that application.',
  });
};

const subjectOf = ({ type, uin, sdkAppId }: AccountEventInput, uinField: string, applicationField: string): Subject => {
  const account = readIdentifier(uin, uinField);
  if (sdkAppId === undefined) return { uin: account };
  if (type === 'account-deleted') return refuseApplication(applicationField);
  return { uin: account, sdkAppId: readIdentifier(sdkAppId, applicationField) };
};

/**
 * Checks what a sender wrote and turns it into an event.
 * @param names the sender's field names, for errors.
 * @throws AccountEventError (an InputError) naming the field at fault: `bad-termination`, `request-names-subject`,
 *   `too-long-ago`, `too-far-ahead`.
 */
export const accountEvent = (input: AccountEventInput, bounds: EventBounds, names: FieldNames = {}): AccountEvent => {
  const nameOf = (field: keyof AccountEventInput): string => names[field] ?? field;
  const requestId = readRequestId(input.requestId, nameOf('requestId'));
  const subject = subjectOf(input, nameOf('uin'), nameOf('sdkAppId'));
  assertNamesNobody(requestId, subject, nameOf('requestId'));
  return {
    requestId,
    type: input.type,
    subject,
    at: readEffectiveAt(input.at, nameOf('at'), input.type, bounds),
    immediate: readImmediate(input.immediate, nameOf('immediate'), input.type !== 'account-reinstated'),
  };
};
