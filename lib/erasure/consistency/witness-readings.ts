import type { Category, RetentionPolicy } from '../../policy/retention-policy.ts';
import type { TerminationRule } from '../../policy/rules/rules.ts';
import { HOUR, MINUTE } from '../../policy/time/duration.ts';
import { type Instant, parseInstant } from '../../policy/time/instant.ts';
import { InputError } from '../../purge/errors.ts';
import type { Finding } from '../../purge/finding.ts';
import { EventIndex } from '../events/event-index.ts';
import type { Evidence } from '../ledger/entry-check.ts';
import type { RememberedEvent } from '../ledger/ledger.ts';
import {
  archivedFrom,
  archivedIds,
  forgottenCopies,
  MOST_WITNESSED,
  type Witnesses,
  witnessedFrom,
} from './forgotten.ts';

/** Entry and event are written one after the other, and each category's function hears an event at another moment. */
const YOUNG = 5 * MINUTE;
/** Milliseconds until what seems to be missing or altered is looked at again. */
const PAUSE = 2_000;

/** What entries are compared with, and whose they are. */
export type CategoryEvidence = Evidence & { readonly of: string };

/** What ledger, event log and archive say, for one command or one run: each is read once, however many ask. */
export class WitnessReadings {
  readonly policy: RetentionPolicy;
  readonly witnesses: Witnesses;
  readonly #once = new Map<string, Promise<unknown>>();

  constructor(policy: RetentionPolicy, witnesses: Witnesses) {
    this.policy = policy;
    this.witnesses = witnesses;
  }

  /** Asks once; again only after a failure. */
  remember<T>(what: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#once.get(what) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const asked = ask();
    this.#once.set(what, asked);
    asked.catch(() => this.#once.delete(what));
    return asked;
  }

  /** The versions of the subject key; undefined where a command has no key ring. */
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
      memoryFrom: witnessedFrom(this.policy, now),
      ...(keys !== undefined && { keys }),
    };
  }

  /** The events of a category that the ledger's memory reaches back to. */
  events(category: string, now: Instant): Promise<EventIndex> {
    const since = witnessedFrom(this.policy, now);
    return this.remember(
      `events ${category}`,
      async () => new EventIndex(await this.witnesses.events(category).since(since, MOST_WITNESSED)),
    );
  }

  /**
   * How many open entries and events of a category only an index of an earlier version holds: what takes a termination back may be among
   * them.
   * @throws InputError | TransientError
   */
  notMoved(category: Category): Promise<number> {
    return this.remember(`earlier ${category.id}`, async () => this.witnesses.earlier?.notMoved(category) ?? 0);
  }

  /** The archive's copies that every event log must know; a finding where the archive does not answer. */
  copies(now: Instant): ReturnType<typeof archivedIds> {
    return this.remember('copies', () => archivedIds(this.witnesses, archivedFrom(this.policy, now)));
  }

  /** The ids of copies that a category's event log does not know. */
  missingCopies(category: string, now: Instant): Promise<ReadonlySet<string>> {
    return this.remember(`copies ${category}`, async () => {
      const { ids } = await this.copies(now);
      if (ids.length === 0) return new Set();
      const events = this.witnesses.events(category);
      const missing = await events.missing(ids);
      if (missing.size === 0) return missing;
      // Each category's function hears an event at another moment, and the first of them makes the copy.
      await this.witnesses.pause(PAUSE);
      return events.missing([...missing]);
    });
  }

  /** The ids of documents in a category's event log that searches do not find by what they say. */
  hiddenEvents(category: string, now: Instant): Promise<ReadonlySet<string>> {
    return this.remember(`hidden ${category}`, async () => {
      const { ids } = await this.copies(now);
      const { all } = await this.events(category, now);
      const hidden = await this.witnesses.events(category).hidden(all, ids);
      return new Set(hidden.map(({ id }) => id));
    });
  }

  /**
   * What was put into the archive since a plan and is not in a category's event log, asked anew: it may be under way, or its recording
   * have died. An hour more is looked at, since the archive goes by a clock of its own.
   */
  async arrived(category: string, plannedAt: Instant): Promise<readonly Finding[]> {
    const { ids, findings } = await archivedIds(this.witnesses, plannedAt - HOUR);
    const missing = ids.length === 0 ? 0 : (await this.witnesses.events(category).missing(ids)).size;
    return [...findings, ...forgottenCopies(missing)];
  }

  /** What was heard a moment ago may only be under way: it gets another moment. */
  async waitIfYoung(heardAt: readonly Instant[], now: Instant): Promise<void> {
    if (heardAt.some((at) => at > now - YOUNG)) await this.witnesses.pause(PAUSE);
  }
}

/** When events were heard. */
export const heardAtOf = (events: readonly Pick<RememberedEvent, 'heardAt'>[]): readonly Instant[] =>
  events.map(({ heardAt }) => parseInstant(heardAt) ?? 0);
