import type { Explanation } from '../base/explanation.ts';

/**
 * Something that a person should know about one index or about the whole category.
 *
 * `blocking` findings keep the outcome from being `complete`; a `notice` does not.
 */
export interface Finding extends Explanation {
  readonly code:
    | 'closed'
    | 'red'
    | 'read-blocked'
    | 'unanswered'
    | 'shadowed-metadata'
    | 'timestamp-mapping'
    | 'ingested-mapping'
    | 'account-mapping'
    | 'identifier-mapping'
    | 'not-examined'
    | 'unindexed-account'
    | 'unreadable-documents'
    | 'unclear-account'
    | 'undatable'
    | 'ahead-of-ingestion'
    | 'behind-ingestion'
    | 'clock-skew'
    | 'write-blocked'
    | 'drop-blocked'
    | 'no-sequence-numbers'
    | 'write-block-left'
    | 'no-index'
    | 'unclaimed-index'
    | 'erasure-overdue'
    | 'erasures-left'
    | 'erasures-braked'
    | 'erasures-taken-back'
    | 'shared-documents'
    | 'new-use'
    | 'no-account'
    | 'system-index'
    | 'hidden-index'
    | 'foreign-index'
    | 'searchable-snapshot'
    | 'follower-index'
    | 'ledger-not-examined'
    | 'not-moved'
    | 'orphaned-erasures'
    | 'forgotten-events'
    | 'forgotten-copies'
    | 'altered-entry'
    | 'altered-event'
    | 'manifest-not-written'
    | 'heard-ahead'
    | 'event-without-copy'
    | 'forged-report'
    | 'evidence-not-examined'
    | 'not-dated'
    | 'not-purged'
    | 'not-in-saved-plan'
    | 'paused'
    | 'rests-shortened'
    | 'pause-breaks-promise'
    | 'controls-unread'
    | 'controls-changed'
    | 'hold-to-review'
    | 'hold-not-examined'
    | 'erasures-held';
  readonly severity: 'blocking' | 'notice';
  readonly index?: string;
  /** The number of subjects, for findings about erasures. */
  readonly subjects?: number;
}

/** Whether a finding prevents the outcome `complete`, and means that a promise is not kept. */
export const isBlocking = ({ severity }: Pick<Finding, 'severity'>): boolean => severity === 'blocking';
