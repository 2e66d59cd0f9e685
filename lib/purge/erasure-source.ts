import type { Hold } from '../control/controls.ts';
import type { DueSubject } from '../criteria/due-criteria.ts';
import type { Finding } from '../criteria/finding.ts';
import type { Category } from '../policy/retention-policy.ts';
import type { Instant } from '../policy/time/instant.ts';
import type { Plan } from './plan.ts';
import type { Verification } from './verify.ts';

/** The results of the erasures that were due in one run. */
export interface ErasureSummary {
  /** Number of subjects whose erasure was due. */
  readonly due: number;
  readonly erased: number;
  readonly nothingFound: number;
  /** Reinstated while the run was at work. The ledger entry records how many documents had been erased by then. */
  readonly cancelled: number;
  /** Still open: some documents are left, or the next run counts once more. */
  readonly open: number;
  /** Braked by this run, because they exceed a limit of the policy. */
  readonly braked: number;
  /** Due, but delayed by a legal hold. */
  readonly held: number;
}

/** What a run recorded about its erasures. */
export interface RecordedOutcomes {
  readonly summary: ErasureSummary;
  /** Keys of subjects that were reinstated while the run was at work, so that no erasure is owed any more. */
  readonly cancelled: ReadonlySet<string>;
  /** Findings that say how many documents of cancelled subjects were already erased. */
  readonly notices: readonly Finding[];
}

/** The erasures that one run of one category has to carry out. */
export interface DueErasures {
  /** The subjects, most urgent first. */
  readonly subjects: readonly DueSubject[];
  /** Keys of subjects that a person has confirmed, and the keys in {@link returned}. No limit brakes them. */
  readonly confirmed: ReadonlySet<string>;
  /** Keys of subjects that were erased before, and whose data has come back. No limit brakes them either. */
  readonly returned?: ReadonlySet<string>;
  /** Further subjects whose erasure is due, left to the next run. */
  readonly more: number;
  /** The nearest deadline of an erasure that is owed and neither held nor braked; absent if there is none. */
  readonly nearestEraseBy?: Instant;
  /** Findings about owed erasures that no run carries out. With any of these, the promise does not count as kept. */
  readonly ledgerFindings: readonly Finding[];
  /**
   * The same erasures without these subjects, which a limit of the policy brakes. Writes nothing; {@link begin} does.
   * @param keys of the subjects.
   */
  without(keys: ReadonlySet<string>): DueErasures;
  /**
   * The same erasures of these subjects only. The others are left to the next run: they count in {@link more}, and are
   * not braked. Writes nothing.
   * @param keys of the subjects.
   */
  only(keys: ReadonlySet<string>): DueErasures;
  /**
   * Records, before the first destructive request, which erasures are braked or held, which begin, and the plan's count
   * for each.
   */
  begin(plan: Plan): Promise<void>;
  /**
   * The subjects among these whose erasure is still due now; a reinstatement may have arrived. Called before every
   * destructive request for them.
   */
  stillDue(subjects: readonly DueSubject[]): Promise<readonly DueSubject[]>;
  /** Closes the erasures if the verification found that all their documents are gone. The others stay open. */
  recordOutcomes(verification: Verification): Promise<RecordedOutcomes>;
}

/** The source of the erasures that a category owes. Implemented by the erasure ledger. */
export interface ErasureSource {
  /**
   * The erasures that are due in a category.
   * @param holds the open holds of the category: the erasures of these subjects wait.
   * @throws TransientError if the ledger does not answer.
   */
  dueOf(category: Category, now: Instant, holds?: readonly Hold[]): Promise<DueErasures>;
  /**
   * Records outside the cluster which terminations have arrived, so that a lost copy there is noticed. Only the run
   * that has the category's lease does this. Never throws.
   * @returns findings that say why it was not possible; empty on success.
   */
  attest(category: Category, now: Instant): Promise<readonly Finding[]>;
}

const NOTHING_DUE: DueErasures = {
  subjects: [],
  confirmed: new Set(),
  more: 0,
  ledgerFindings: [],
  without: () => NOTHING_DUE,
  only: () => NOTHING_DUE,
  begin: async () => undefined,
  stillDue: async (subjects) => subjects,
  recordOutcomes: async () => ({
    summary: { due: 0, erased: 0, nothingFound: 0, cancelled: 0, open: 0, braked: 0, held: 0 },
    cancelled: new Set(),
    notices: [],
  }),
};

/** For categories without a termination rule: no erasures. */
export const NO_DUE_ERASURES: ErasureSource = { dueOf: async () => NOTHING_DUE, attest: async () => [] };
