import { MINUTE } from '../policy/duration.ts';
import { type Instant, parseInstant } from '../policy/instant.ts';
import { ledgerMemory } from '../policy/ledger-memory.ts';
import type { Category, RetentionPolicy, TerminationRule } from '../policy/retention-policy.ts';
import { SUBJECTS_AT_ONCE } from '../purge/document-store.ts';
import { InputError } from '../purge/errors.ts';
import type { Finding } from '../purge/finding.ts';
import { notMovedFindings } from './earlier-records.ts';
import { type Alteration, alterationOf, type Evidence } from './entry-check.ts';
import { EventIndex, hashIn, subjectKeysOf, subjectsOf } from './event-index.ts';
import {
  archivedIds,
  forgottenCopies,
  MOST_WITNESSED,
  openOf,
  orphanedErasures,
  type Witnesses,
  witnessedFrom,
} from './forgotten.ts';
import type { ReadEntry, RememberedEvent } from './ledger.ts';
import { OPEN_STATES } from './ledger-entry.ts';
import { alteredEntries, alteredEvents, forgottenEvents } from './witness-findings.ts';

/** Entries that are read at a time. */
const READ_AT_ONCE = 5_000;
/** Entry and event are written one after the other, and each category's function hears an event at another moment. */
const YOUNG = 5 * MINUTE;
/** Milliseconds until what seems to be missing or altered is looked at again. */
const PAUSE = 2_000;

/** Entries that were compared with their events. */
export interface Judged {
  /** Those that are believed, each as it was read last. */
  readonly believed: readonly ReadEntry[];
  /** The others, by id. */
  readonly altered: ReadonlyMap<string, Alteration>;
}

/** An event that no entry has heard, and the ids under which it would stand. */
interface Unheard {
  readonly event: RememberedEvent;
  readonly ids: readonly string[];
}

/** What entries are compared with, and whose they are. */
type CategoryEvidence = Evidence & { readonly of: string };

const erases = ({ rules }: Category): boolean => rules.termination !== undefined;

/** What one category's entries and events say of each other. */
interface CategoryCheck {
  readonly forgotten: number;
  readonly altered: ReadonlyMap<string, Alteration>;
}

/**
 * Compares ledger, event log and archive with each other, for one command or one run: events and archive are read once, however many
 * categories ask. What seems wrong and may only be under way is looked at a second time.
 */
export class LedgerWitness {
  readonly #policy: RetentionPolicy;
  readonly #witnesses: Witnesses;
  readonly #once = new Map<string, Promise<unknown>>();

  constructor(policy: RetentionPolicy, witnesses: Witnesses) {
    this.#policy = policy;
    this.#witnesses = witnesses;
  }

  /**
   * What is owed and would be forgotten, or is not believed: open entries that no rule answers for, events of which these categories have
   * no entry, entries and events that were altered, and copies in the archive that the event log does not know. Where none of these
   * categories has a termination rule, only open entries of their own are asked for. No index of another category is read.
   * @param known entries that were judged before.
   * @throws InputError | WorldError when ledger or event log do not answer. An archive that does not is a finding.
   */
  async findings(categories: readonly Category[], now: Instant, known?: Judged): Promise<readonly Finding[]> {
    const { ledger } = this.#witnesses;
    const others = categories.filter((category) => !erases(category));
    const findings = [...orphanedErasures(this.#policy, await openOf(others, ledger))];
    const moved: Category[] = [];
    for (const category of categories) {
      const left = await this.notMoved(category);
      findings.push(...notMovedFindings(category.id, left));
      // Until all of it is here, an entry without its events is no sign of an edit.
      if (left === 0 && erases(category)) moved.push(category);
    }
    const alteredIds = new Set<string>();
    const missing = new Set<string>();
    for (const category of moved) {
      const check = await this.#remember(`category ${category.id}`, () => this.#check(category, now, known));
      findings.push(...forgottenEvents(category.id, check.forgotten, ledgerMemory(this.#policy)));
      findings.push(...alteredEntries(category.id, [...check.altered.values()]));
      for (const { id } of (await this.#events(category.id, now)).altered) alteredIds.add(id);
      for (const id of await this.#missingCopies(category.id, now)) missing.add(id);
    }
    const unread = moved.length === 0 ? [] : (await this.#copies(now)).findings;
    return [...findings, ...alteredEvents(alteredIds.size), ...unread, ...forgottenCopies(missing.size)];
  }

  /**
   * Open erasures of categories that the policy does not know, as far as the key may see: for a person's commands, since a run sees its
   * own category alone.
   * @throws InputError | WorldError when a ledger does not answer.
   */
  async orphans(now: Instant): Promise<readonly Finding[]> {
    const open = await this.#witnesses.ledger.openByCategory(now);
    const unknown = [...open].filter(([category]) => !this.#policy.categories.has(category));
    return orphanedErasures(this.#policy, new Map(unknown));
  }

  /**
   * Compares entries with their hashes and their events, as these are at this moment.
   * @throws WorldError when ledger or event log do not answer.
   */
  async judge(category: string, rule: TerminationRule, entries: readonly ReadEntry[], now: Instant): Promise<Judged> {
    if (entries.length === 0) return { believed: [], altered: new Map() };
    const evidence = await this.#evidence(category, rule, now);
    const first = await this.#compare(entries, evidence);
    if (first.altered.size === 0) return first;
    return this.#lookAgain(first, entries, evidence);
  }

  /** The ids of all entries of a category that are not believed. */
  async altered(category: Category, now: Instant): Promise<ReadonlyMap<string, Alteration>> {
    return (await this.#compareAll(category, now)).altered;
  }

  /** The versions of the subject key; undefined where a command has no key ring. */
  async keys(): Promise<Evidence['keys']> {
    return this.#remember('keys', () =>
      this.#witnesses.subjectKeys().catch((error: unknown) => {
        if (error instanceof InputError && error.code === 'no-keys') return undefined;
        throw error;
      }),
    );
  }

  async #evidence(category: string, rule: TerminationRule, now: Instant): Promise<CategoryEvidence> {
    const keys = await this.keys();
    return {
      of: category,
      rule,
      now,
      memoryFrom: witnessedFrom(this.#policy, now),
      ...(keys !== undefined && { keys }),
    };
  }

  /** Asks once; again only after a failure. */
  #remember<T>(what: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#once.get(what) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const asked = ask();
    this.#once.set(what, asked);
    asked.catch(() => this.#once.delete(what));
    return asked;
  }

  #events(category: string, now: Instant): Promise<EventIndex> {
    const since = witnessedFrom(this.#policy, now);
    return this.#remember(
      `events ${category}`,
      async () => new EventIndex(await this.#witnesses.events(category).since(since, MOST_WITNESSED)),
    );
  }

  /**
   * How many open entries and events of a category only an index of an earlier version holds: what takes a termination back may be among
   * them.
   * @throws InputError | WorldError
   */
  notMoved(category: Category): Promise<number> {
    return this.#remember(`earlier ${category.id}`, async () => this.#witnesses.earlier?.notMoved(category) ?? 0);
  }

  #copies(now: Instant): ReturnType<typeof archivedIds> {
    return this.#remember('copies', () => archivedIds(this.#policy, this.#witnesses, now));
  }

  #missingCopies(category: string, now: Instant): Promise<ReadonlySet<string>> {
    return this.#remember(`copies ${category}`, async () => {
      const { ids } = await this.#copies(now);
      if (ids.length === 0) return new Set();
      const events = this.#witnesses.events(category);
      const missing = await events.missing(ids);
      if (missing.size === 0) return missing;
      // Each category's function hears an event at another moment, and the first of them makes the copy.
      await this.#witnesses.pause(PAUSE);
      return events.missing([...missing]);
    });
  }

  /** @param more subjects under which events of these entries may stand beside. */
  async #compare(
    entries: readonly ReadEntry[],
    evidence: CategoryEvidence,
    more: readonly string[] = [],
  ): Promise<Judged> {
    const subjects = entries.flatMap(({ entry }) => subjectKeysOf(entry, evidence.keys));
    const events = await this.#witnesses.events(evidence.of).about([...subjects, ...more].map(hashIn));
    return compared(entries, new EventIndex(events), evidence);
  }

  /** An event or an entry may have been written between the two looks: then both are read again, after a moment where they are young. */
  async #lookAgain(first: Judged, entries: readonly ReadEntry[], evidence: CategoryEvidence): Promise<Judged> {
    const suspects = entries.filter(({ entry }) => first.altered.has(entry.id));
    const subjects = suspects.flatMap(({ entry }) => subjectKeysOf(entry, evidence.keys));
    const events = await this.#witnesses.events(evidence.of).about(subjects.map(hashIn));
    const heard = suspects.flatMap(({ entry }) => (entry.events ?? []).map(({ heardAt }) => heardAt));
    await this.#waitIfYoung([...events.map(({ heardAt }) => parseInstant(heardAt) ?? 0), ...heard], evidence.now);
    const fresh = await this.#witnesses.ledger.read(suspects.map(({ entry }) => entry.id));
    const second = await this.#compare([...fresh.values()], evidence, events.flatMap(subjectsOf));
    return { believed: [...first.believed, ...second.believed], altered: second.altered };
  }

  async #waitIfYoung(heardAt: readonly Instant[], now: Instant): Promise<void> {
    if (heardAt.some((at) => at > now - YOUNG)) await this.#witnesses.pause(PAUSE);
  }

  async #check(category: Category, now: Instant, known?: Judged): Promise<CategoryCheck> {
    const { missing, altered } = await this.#compareAll(category, now, known);
    return { forgotten: await this.#stillMissing(missing, now), altered };
  }

  async #compareAll(
    category: Category,
    now: Instant,
    known?: Judged,
  ): Promise<Pick<CategoryCheck, 'altered'> & { readonly missing: readonly Unheard[] }> {
    const rule = category.rules.termination;
    if (rule === undefined) return { missing: [], altered: new Map() };
    const evidence = await this.#evidence(category.id, rule, now);
    const index = await this.#events(category.id, now);
    const { missing, altered } = await this.#compareHeard(category, index, evidence, known);
    const open = await this.#compareOpen(category, rule, now, known);
    return { missing, altered: new Map([...altered, ...open, ...(known?.altered ?? [])]) };
  }

  /** Every entry that must have heard an event is there, and says what its events say. */
  async #compareHeard(
    category: Category,
    index: EventIndex,
    evidence: CategoryEvidence,
    known?: Judged,
  ): Promise<{ readonly missing: readonly Unheard[]; readonly altered: Judged['altered'] }> {
    const judged = idsOf(known);
    const events = index
      .telling(evidence.now, evidence.keys)
      .map((event) => ({ event, ids: index.entryIds(event, category) }));
    const there = new Set(judged);
    const suspects = new Map<string, ReadEntry>();
    const ids = [...new Set(events.flatMap((each) => each.ids))].filter((id) => !judged.has(id));
    for (let at = 0; at < ids.length; at += READ_AT_ONCE) {
      const reads = [...(await this.#witnesses.ledger.read(ids.slice(at, at + READ_AT_ONCE))).values()];
      for (const { entry } of reads) there.add(entry.id);
      const { altered } = compared(reads, index, evidence);
      for (const read of reads) if (altered.has(read.entry.id)) suspects.set(read.entry.id, read);
    }
    // Where an account has entries under several versions of the key, one of them hears an event.
    for (const { ids: siblings } of events)
      if (siblings.some((id) => there.has(id) && !suspects.has(id))) for (const id of siblings) suspects.delete(id);
    const missing = events.filter((each) => each.ids.length > 0 && !each.ids.some((id) => there.has(id)));
    const { altered } = await this.judge(category.id, evidence.rule, [...suspects.values()], evidence.now);
    return { missing, altered };
  }

  async #stillMissing(missing: readonly Unheard[], now: Instant): Promise<number> {
    if (missing.length === 0) return 0;
    await this.#waitIfYoung(
      missing.map(({ event }) => parseInstant(event.heardAt) ?? 0),
      now,
    );
    let still = 0;
    for (let at = 0; at < missing.length; at += READ_AT_ONCE) {
      const some = missing.slice(at, at + READ_AT_ONCE);
      const there = await this.#witnesses.ledger.read(some.flatMap(({ ids }) => ids));
      still += some.filter(({ ids }) => !ids.some((id) => there.has(id))).length;
    }
    return still;
  }

  /** Every open entry has events that say so; the most urgent are looked at. */
  async #compareOpen(
    { id: category }: Category,
    rule: TerminationRule,
    now: Instant,
    known?: Judged,
  ): Promise<ReadonlyMap<string, Alteration>> {
    const { ledger } = this.#witnesses;
    const query = { category, states: OPEN_STATES };
    const judged = idsOf(known);
    if (judged.size > 0 && (await ledger.find(query, 0)).total <= judged.size) return new Map();
    const { entries } = await ledger.find(query, SUBJECTS_AT_ONCE);
    const others = entries.filter(({ entry }) => !judged.has(entry.id));
    return (await this.judge(category, rule, others, now)).altered;
  }
}

/** The ids of entries that were judged before. */
const idsOf = (known: Judged | undefined): ReadonlySet<string> =>
  new Set([...(known?.believed ?? []).map(({ entry }) => entry.id), ...(known?.altered.keys() ?? [])]);

const compared = (entries: readonly ReadEntry[], index: EventIndex, evidence: Evidence): Judged => {
  const believed: ReadEntry[] = [];
  const altered = new Map<string, Alteration>();
  for (const read of entries) {
    const events = index.about(subjectKeysOf(read.entry, evidence.keys));
    const alteration = alterationOf(read.entry, events, evidence);
    if (alteration === undefined) believed.push(read);
    else altered.set(read.entry.id, alteration);
  }
  return { believed, altered };
};
