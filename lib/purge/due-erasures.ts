import type { Category } from '../policy/retention-policy.ts';
import type { Instant } from '../policy/time/instant.ts';
import type { DueSubject } from './document-store.ts';
import type { Finding } from './finding.ts';
import type { Plan } from './plan.ts';
import type { Verification } from './verify.ts';

/** How the erasures that were due in one run ended. */
export interface ErasureSummary {
  /** Subjects whose erasure was due. */
  readonly due: number;
  readonly erased: number;
  readonly nothingFound: number;
  /** Taken back while the run was at work. What it had erased by then is in the entry. */
  readonly cancelled: number;
  /** Still open: documents left, or watched for late ones. */
  readonly open: number;
  /** Held back by this run, since a limit of the policy was reached. */
  readonly braked: number;
}

/** How the erasures of one run were recorded. */
export interface RecordedOutcomes {
  readonly summary: ErasureSummary;
  /** Keys of subjects to whom nothing is owed any more at this moment, since somebody took it back while the run was at work. */
  readonly takenBack: ReadonlySet<string>;
  /** What was erased of these by then. */
  readonly notices: readonly Finding[];
}

/** What is owed to subjects in one run of one category. */
export interface DueErasures {
  /** The most urgent first. */
  readonly subjects: readonly DueSubject[];
  /** Keys of those that a person has confirmed: no limit holds them back. */
  readonly confirmed: ReadonlySet<string>;
  /** Due as well, and left to the next run. */
  readonly more: number;
  /** What is owed, and no run erases: nothing can be called kept then. */
  readonly forgotten: readonly Finding[];
  /** The same without the subjects of these keys, which a limit of the policy holds back. Writes nothing: {@link begin} does. */
  without(keys: ReadonlySet<string>): DueErasures;
  /** Writes down, before the first destructive request, which erasures are braked, which begin, and what the plan counted for each. */
  begin(plan: Plan): Promise<void>;
  /** Those of these that are still owed at this moment: a reinstatement may have come. Asked before every request that destroys for their sake. */
  stillOwed(subjects: readonly DueSubject[]): Promise<readonly DueSubject[]>;
  /** Closes what the verification found to be gone; the rest stays open. */
  recordOutcomes(verification: Verification): Promise<RecordedOutcomes>;
}

/** What a category owes to subjects beside its age rule. Implemented by the erasure ledger. */
export interface ErasureSource {
  /** @throws TransientError when the ledger does not answer. */
  dueOf(category: Category, now: Instant): Promise<DueErasures>;
  /**
   * Writes down outside the cluster which terminations were heard, so that a copy that is lost there is missed. Only the run that holds the
   * category's lease does so. Throws nothing: a finding says why it could not.
   */
  attest(category: Category, now: Instant): Promise<readonly Finding[]>;
}

const NOTHING_DUE: DueErasures = {
  subjects: [],
  confirmed: new Set(),
  more: 0,
  forgotten: [],
  without: () => NOTHING_DUE,
  begin: async () => undefined,
  stillOwed: async (subjects) => subjects,
  recordOutcomes: async () => ({
    summary: { due: 0, erased: 0, nothingFound: 0, cancelled: 0, open: 0, braked: 0 },
    takenBack: new Set(),
    notices: [],
  }),
};

/** The erasures of categories without a termination rule. */
export const NO_DUE_ERASURES: ErasureSource = { dueOf: async () => NOTHING_DUE, attest: async () => [] };
