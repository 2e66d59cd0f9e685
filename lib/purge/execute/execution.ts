import type { BlockIntent, Criteria } from '../../criteria/due-criteria.ts';
import type { DocumentRemover } from '../document-remover.ts';
import type { DueErasures } from '../erasure-source.ts';
import type { Lease } from '../lease.ts';
import type { Pace } from '../pace/pace.ts';
import type { TimeBudget } from '../time-budget.ts';

/** The ports of a destructive operation beside its target. */
export interface Execution {
  readonly remover: DocumentRemover;
  readonly lease: Lease;
  /** Blocks under which an earlier drop may still be executed. These indices are not dropped a second time. */
  readonly awaited: readonly BlockIntent[];
  readonly budget: TimeBudget;
  /** When requests that delete documents one by one may follow each other. */
  readonly pace: Pace;
  readonly criteria: Criteria;
  readonly stillDue: DueErasures['stillDue'];
  /** Whether an index template currently maps the fields that the rules need, for a new index of this name. */
  readonly isTemplated: (index: string) => Promise<boolean>;
  /**
   * Checks that no hold or pause has come since the plan. Called right before each destructive request.
   * @throws RefusedError `controls-changed`, `controls-unread`
   */
  readonly assertUnchanged: () => Promise<void>;
  /** Called if a destructive request got no answer, so that the cluster may still be executing it. */
  readonly onUnanswered: () => void;
  /** Called after every request with the number of removed documents. */
  readonly onRemoved: (documents: number) => void;
}
