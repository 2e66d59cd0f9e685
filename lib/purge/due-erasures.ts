import type { Category } from '../policy/retention-policy.ts';
import type { Instant } from '../policy/time/instant.ts';
import type { OwedSubject } from './document-store.ts';
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

/** What settling came to. */
export interface Settled {
  readonly summary: ErasureSummary;
  /** Keys of subjects to whom nothing is owed any more at this moment, since somebody took it back while the run was at work. */
  readonly takenBack: ReadonlySet<string>;
  /** What was erased of these by then. */
  readonly notices: readonly Finding[];
}

/** What is owed to subjects in one run of one category. */
export interface OwedErasures {
  /** The most urgent first. */
  readonly subjects: readonly OwedSubject[];
  /** Keys of those that a person has confirmed: no limit holds them back. */
  readonly confirmed: ReadonlySet<string>;
  /** Due as well, and left to the next run. */
  readonly more: number;
  /** What is owed, and no run erases: nothing can be called kept then. */
  readonly forgotten: readonly Finding[];
  /** The same without the subjects of these keys, which a limit of the policy holds back. Writes nothing: {@link begin} does. */
  without(keys: ReadonlySet<string>): OwedErasures;
  /** Writes down, before the first destructive request, which erasures are braked, which begin, and what the plan counted for each. */
  begin(plan: Plan): Promise<void>;
  /** Those of these that are still owed at this moment: a reinstatement may have come. Asked before every request that destroys for their sake. */
  stillOwed(subjects: readonly OwedSubject[]): Promise<readonly OwedSubject[]>;
  /** Closes what the verification found to be gone; the rest stays open. */
  settle(verification: Verification): Promise<Settled>;
}

/** What a category owes to subjects beside its age rule. Implemented by the erasure ledger. */
export interface ErasureDuties {
  /** @throws WorldError when the ledger does not answer. */
  owedBy(category: Category, now: Instant): Promise<OwedErasures>;
  /**
   * Writes down outside the cluster which terminations were heard, so that a copy that is lost there is missed. Only the run that holds the
   * category's lease does so. Throws nothing: a finding says why it could not.
   */
  attest(category: Category, now: Instant): Promise<readonly Finding[]>;
}

const NOTHING_OWED: OwedErasures = {
  subjects: [],
  confirmed: new Set(),
  more: 0,
  forgotten: [],
  without: () => NOTHING_OWED,
  begin: async () => undefined,
  stillOwed: async (subjects) => subjects,
  settle: async () => ({
    summary: { due: 0, erased: 0, nothingFound: 0, cancelled: 0, open: 0, braked: 0 },
    takenBack: new Set(),
    notices: [],
  }),
};

/** The duties of categories without a termination rule. */
export const NO_DUTIES: ErasureDuties = { owedBy: async () => NOTHING_OWED, attest: async () => [] };
