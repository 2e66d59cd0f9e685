import { InputError } from '../../base/errors.ts';
import type { Finding } from '../../criteria/finding.ts';
import type { Category, RetentionPolicy } from '../../policy/retention-policy.ts';
import type { TerminationRule } from '../../policy/rules/rules.ts';
import { HOUR, MINUTE } from '../../policy/time/duration.ts';
import { type Instant, parseInstant } from '../../policy/time/instant.ts';
import type { RememberedEvent } from '../events/event-log.ts';
import type { Evidence } from '../ledger/entry-check.ts';
import { EventIndex } from './event-index.ts';
import { forgottenCopies } from './witness-findings.ts';
import { archivedFrom, archivedIds, comparedSince, MAX_WITNESSED, type Witnesses } from './witnesses.ts';

/**
 * A record this recent may still be in progress: entry and event are written one after the other, and the functions of
 * the categories record an event at different times.
 */
const YOUNG = 5 * MINUTE;
/** Milliseconds until a record that seems missing or altered is read again. */
const RETRY_AFTER = 2_000;

/** The data with which entries are compared, and their category. */
export type CategoryEvidence = Evidence & { readonly of: string };

/** Reads ledger, event log and archive for one command or one run, each only once. */
export class WitnessReadings {
  readonly policy: RetentionPolicy;
  readonly witnesses: Witnesses;
  readonly #once = new Map<string, Promise<unknown>>();

  constructor(policy: RetentionPolicy, witnesses: Witnesses) {
    this.policy = policy;
    this.witnesses = witnesses;
  }

  /** Calls `ask` once and keeps the answer. Calls it again only after a failure. */
  remember<T>(what: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#once.get(what) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const asked = ask();
    this.#once.set(what, asked);
    asked.catch(() => this.#once.delete(what));
    return asked;
  }

  /** The versions of the subject key; undefined if a command runs without a key ring. */
  keys(): Promise<Evidence['keys']> {
    return this.remember('keys', () =>
      this.witnesses.subjectKeys().catch((error: unknown) => {
        if (error instanceof InputError && error.code === 'no-keys') return undefined;
        throw error;
      }),
    );
  }

  async evidence(category: string, rule: TerminationRule, now: Instant): Promise<CategoryEvidence> {
    const keys = await this.keys();
    return {
      of: category,
      rule,
      now,
      memoryFrom: comparedSince(this.policy, now),
      ...(keys !== undefined && { keys }),
    };
  }

  /** The events of a category that are within the ledger's memory. */
  events(category: string, now: Instant): Promise<EventIndex> {
    const since = comparedSince(this.policy, now);
    return this.remember(
      `events ${category}`,
      async () => new EventIndex(await this.witnesses.events(category).since(since, MAX_WITNESSED)),
    );
  }

  /**
   * Counts the open entries and events of a category that exist only in an index of an earlier version. A reinstatement
   * may be among them.
   * @throws InputError | TransientError
   */
  notMoved(category: Category): Promise<number> {
    return this.remember(`earlier ${category.id}`, async () => this.witnesses.earlier?.notMoved(category) ?? 0);
  }

  /** The archive's copies that every event log must contain; a finding if the archive does not answer. */
  copies(now: Instant): ReturnType<typeof archivedIds> {
    return this.remember('copies', () => archivedIds(this.witnesses, archivedFrom(this.policy, now)));
  }

  /** The ids of copies that a category's event log does not contain. */
  missingCopies(category: string, now: Instant): Promise<ReadonlySet<string>> {
    return this.remember(`copies ${category}`, async () => {
      const { ids } = await this.copies(now);
      if (ids.length === 0) return new Set();
      const events = this.witnesses.events(category);
      const missing = await events.missing(ids);
      if (missing.size === 0) return missing;
      // The first function that records an event makes its copy. The functions of other categories may follow later.
      await this.witnesses.wait(RETRY_AFTER);
      return events.missing([...missing]);
    });
  }

  /** The ids of documents in a category's event log that searches do not find by their content. */
  hiddenEvents(category: string, now: Instant): Promise<ReadonlySet<string>> {
    return this.remember(`hidden ${category}`, async () => {
      const { ids } = await this.copies(now);
      const { all } = await this.events(category, now);
      const hidden = await this.witnesses.events(category).hidden(all, ids);
      return new Set(hidden.map(({ id }) => id));
    });
  }

  /**
   * Findings for copies that were put into the archive since a plan, without an event in a category's log. Their
   * recording may be in progress, or may have failed. Reads anew at each call. It looks back one more hour, because the
   * archive has a clock of its own.
   */
  async arrived(category: string, plannedAt: Instant): Promise<readonly Finding[]> {
    const { ids, findings } = await archivedIds(this.witnesses, plannedAt - HOUR);
    const missing = ids.length === 0 ? 0 : (await this.witnesses.events(category).missing(ids)).size;
    return [...findings, ...forgottenCopies(missing)];
  }

  /** Waits a moment if something was recorded recently and may still be in progress. */
  async waitIfYoung(heardAt: readonly Instant[], now: Instant): Promise<void> {
    if (heardAt.some((at) => at > now - YOUNG)) await this.witnesses.wait(RETRY_AFTER);
  }
}

/** The instants at which events were recorded. */
export const heardAtOf = (events: readonly Pick<RememberedEvent, 'heardAt'>[]): readonly Instant[] =>
  events.map(({ heardAt }) => parseInstant(heardAt) ?? 0);
