import type { ControlStore } from '../../control/control-store.ts';
import { type Hold, holdsOnIndex } from '../../control/controls.ts';
import { NO_DOCUMENTS } from '../../criteria/counts.ts';
import type { DueSubject } from '../../criteria/due-criteria.ts';
import type { Finding } from '../../criteria/finding.ts';
import type { Survey } from '../../criteria/survey-result.ts';
import type { Category, RetentionPolicy } from '../../policy/retention-policy.ts';
import type { TerminationRule } from '../../policy/rules/rules.ts';
import { MINUTE } from '../../policy/time/duration.ts';
import type { Clock, Instant } from '../../policy/time/instant.ts';
import { nextRun } from '../../policy/time/schedule.ts';
import type { DueErasures } from '../../purge/erasure-source.ts';
import { type IsSearchComplete, wholeSearch } from '../../rules/accounts/whole-search.ts';
import type { ManifestPorts } from '../archive/manifest.ts';
import { brakeErasures, type NewlyBraked } from '../brakes/brake-erasures.ts';
import { type BrakeStatus, proofsBy } from '../brakes/decisions.ts';
import type { LedgerWitness } from '../consistency/ledger-witness.ts';
import type { EventLog } from '../events/event-log.ts';
import type { Change, Ledger, ReadEntry } from '../ledger/ledger.ts';
import { isOpen, isReopened, type LedgerEntry, type PolicyAtClosure, TO_ERASE } from '../ledger/ledger-entry.ts';
import { isProvenBy, withProof } from '../ledger/obligation-proof.ts';
import { beginEntry, claimable, recordOutcome, type VerifiedSubject } from '../ledger/record-outcome.ts';
import { sealOpening } from '../ledger/sealed-opening.ts';
import type { SubjectKeys } from '../subjects/key-ring.ts';
import { cancelledFindings, cancelledMeanwhile, owesNothingAt } from './cancelled-erasures.ts';
import { dueSubjects } from './due-subjects.ts';
import { heldEntry, holdErasures, type ReleasedAt, releasedEntry } from './held-erasures.ts';
import { inParts } from './in-parts.ts';
import { closedSince, outcomeSummary } from './outcome-summary.ts';

/** The ports for reading the due erasures of a category. */
export interface DueErasurePorts {
  readonly ledger: Ledger;
  readonly events: (category: string) => Pick<EventLog, 'decide' | 'decisions'>;
  /** Tells when holds were released. */
  readonly controls: Pick<ControlStore, 'released'>;
  readonly clock: Clock;
  /** The policy in force. */
  readonly policy: RetentionPolicy;
  /** Shows whether the ledger has forgotten an erasure, and which entries are believed. */
  readonly witness: LedgerWitness;
  /** Absent if no archive, or no key for it, is configured. */
  readonly manifests?: ManifestPorts;
  /** Returns 32 random bytes as base64url. */
  readonly newOpening: () => string;
  /**
   * Every version of the subject key.
   * @throws InputError without a key ring.
   */
  readonly subjectKeys: () => Promise<SubjectKeys>;
}

/** Entries in one change of the ledger. Two such changes are in flight at once. */
const WRITTEN_TOGETHER = 1_000;

/**
 * Whether every document of an entry's subject would have been found. True for an entry without a subject, which has no
 * documents.
 */
const isFullySearched = (isWhole: IsSearchComplete, entry: LedgerEntry): boolean =>
  dueSubjects(entry).every((subject) => isWhole(subject));

/**
 * Whether an entry still owes the same erasure as when it was read. It may have been held at that time: the end of a
 * hold is recorded when the erasure begins. Meanwhile it may have been cancelled, or may owe another termination. An
 * entry that names an account other than the believed account does not owe the same erasure.
 */
const owesTheSame = (now: LedgerEntry | undefined, { entry }: ReadEntry): boolean =>
  now !== undefined &&
  now.uin === entry.uin &&
  now.sdkAppId === entry.sdkAppId &&
  [...TO_ERASE, ...(entry.state === 'held' ? ['held'] : [])].includes(now.state) &&
  now.obligation?.terminatedAt === entry.obligation?.terminatedAt &&
  (now.obligation?.eraseFrom ?? 0) <= (entry.obligation?.eraseFrom ?? 0);

/** What no two changes of an entry have in common: proof and commitments. */
const marksOf = ({ state, obligation, closures, watched }: LedgerEntry): string =>
  JSON.stringify([state, obligation?.proof, closures.at(-1)?.commitment, watched?.commitment]);

/** Whether an entry stands as one of these changes has made it. */
const isAmong = ({ entry }: ReadEntry, changes: readonly Change[]): boolean => {
  const change = changes.find((each) => each.entry.id === entry.id);
  return change !== undefined && marksOf(change.entry) === marksOf(entry);
};

/**
 * Whether the second survey covers the first: every index in which subjects were counted has been searched for them
 * again, or is gone.
 */
const isCountedAgain = (then: Survey, now: Survey): boolean => {
  const silent = new Set(
    now.indices.flatMap(({ counts, description: { name, uuid } }) =>
      counts === undefined || now.unsearched?.has(name) === true ? uuid : [],
    ),
  );
  return then.indices.every(
    ({ counts, description: { name, uuid } }) =>
      counts === undefined || then.unsearched?.has(name) === true || !silent.has(uuid),
  );
};

/** The erasures that ledger and event log show for a category. */
export interface FoundErasures {
  readonly plannedAt: Instant;
  /** Entries that are due and not braked. */
  readonly entries: readonly ReadEntry[];
  readonly statuses: ReadonlyMap<string, BrakeStatus>;
  /** Entries that are due but exceed a limit of the policy. */
  readonly braked: readonly NewlyBraked[];
  /** Entries that are due but on hold. */
  readonly held: readonly ReadEntry[];
  /** The open holds of the category. */
  readonly holds: readonly Hold[];
  /** The release times of holds, as far as entries do not have them yet. */
  readonly released: ReleasedAt;
  readonly nearestEraseBy?: Instant;
  readonly more: number;
  /** Findings about owed erasures that no run carries out, including braked ones. */
  readonly findings: (braked: number) => readonly Finding[];
}

/** After this time, a run looks again for what has arrived: with a throttle, it may last for hours. */
const ARRIVALS_LAST = MINUTE;

/** The records that arrived after the plan. */
interface Arrived {
  /** Findings that say why no further subject is erased. */
  readonly findings: readonly Finding[];
  /** The ids of entries that still agree with the event log. */
  readonly believed: ReadonlySet<string>;
}

/** The erasures of one run, as the ledger has them. Its methods share what the plan has read. */
export class LedgerErasures implements DueErasures {
  readonly subjects: readonly DueSubject[];
  readonly confirmed: ReadonlySet<string>;
  readonly returned: ReadonlySet<string>;
  readonly more: number;
  readonly nearestEraseBy?: Instant;
  readonly ledgerFindings: readonly Finding[];
  readonly #category: Category;
  readonly #rule: TerminationRule;
  readonly #metUnder: PolicyAtClosure;
  readonly #ports: DueErasurePorts;
  readonly #found: FoundErasures;
  /** The entries as the plan read them. */
  readonly #read: ReadonlyMap<string, ReadEntry>;
  /** The same entries in the state that this run last read or wrote. */
  readonly #current: Map<string, ReadEntry>;
  /** Cached by {@link stillDue} for {@link ARRIVALS_LAST}. */
  #arrived: Promise<Arrived> | undefined;
  #arrivedAt: Instant = Number.NEGATIVE_INFINITY;
  #planned: Survey = { indices: [] };
  #isPlanWhole: IsSearchComplete = wholeSearch(this.#planned);

  constructor(category: Category, rule: TerminationRule, ports: DueErasurePorts, found: FoundErasures) {
    this.#category = category;
    this.#rule = rule;
    this.#metUnder = {
      policyVersion: ports.policy.version,
      promise: {
        category: category.id,
        title: category.title,
        ...category.promise,
        deadline: rule.deadline.iso,
      },
      patterns: category.indices,
    };
    this.#ports = ports;
    this.#found = found;
    this.#read = new Map(found.entries.map((read) => [read.entry.id, read]));
    this.#current = new Map(this.#read);
    this.subjects = found.entries.flatMap(({ entry }) => dueSubjects(entry, rule));
    this.returned = new Set(found.entries.flatMap(({ entry }) => (isReopened(entry) ? entry.id : [])));
    const confirmed = [...found.statuses].flatMap(([id, status]) => (status === 'confirmed' ? id : []));
    // Documents of an erasure that was already carried out once are no surprise.
    this.confirmed = new Set([...confirmed, ...this.returned]);
    this.ledgerFindings = found.findings(found.braked.length);
    this.more = found.more;
    if (found.nearestEraseBy !== undefined) this.nearestEraseBy = found.nearestEraseBy;
  }

  without: DueErasures['without'] = (keys) => {
    const { entries, braked } = this.#found;
    const isBraked = ({ entry }: ReadEntry): boolean => keys.has(entry.id);
    return new LedgerErasures(this.#category, this.#rule, this.#ports, {
      ...this.#found,
      entries: entries.filter((read) => !isBraked(read)),
      braked: [...braked, ...entries.filter(isBraked).map((read): NewlyBraked => ({ read, reason: 'share' }))],
    });
  };

  only: DueErasures['only'] = (keys) => {
    const entries = this.#found.entries.filter(({ entry }) => keys.has(entry.id));
    const more = this.more + this.#found.entries.length - entries.length;
    return new LedgerErasures(this.#category, this.#rule, this.#ports, { ...this.#found, entries, more });
  };

  async #brakeErasures(): Promise<void> {
    const { braked } = this.#found;
    const isNew = braked.some(({ reason }) => reason !== undefined);
    const keys = isNew ? (await this.#ports.subjectKeys()).subject.keys : new Map();
    await brakeErasures(this.#category.id, braked, { ...this.#ports, proveConfirmation: proofsBy(keys) });
  }

  begin: DueErasures['begin'] = async ({ survey }) => {
    await this.#brakeErasures();
    const { held, holds, released } = this.#found;
    await holdErasures(held, holds, { ledger: this.#ports.ledger, released, now: this.#ports.clock() });
    if (this.#read.size === 0) return;
    // Without keys, it is unknown whether the account of an entry is right, and no entry could be closed. So this fails
    // before anything is destroyed.
    const keys = await this.#ports.subjectKeys();
    const now = this.#ports.clock();
    const isWhole = wholeSearch(survey);
    this.#isPlanWhole = isWhole;
    this.#planned = survey;
    await this.#change(keys, (entry) =>
      beginEntry(
        releasedEntry(entry, released, now),
        { ...(survey.subjects?.get(entry.id) ?? NO_DOCUMENTS), isWhole: isFullySearched(isWhole, entry) },
        now,
      ),
    );
  };

  /**
   * Looks for a reinstatement that arrived after the plan and is in no entry, because its recording failed or is in
   * progress. Called before the first request that erases, and again while the run lasts.
   */
  async #lookForArrivals(): Promise<Arrived> {
    const { entries, plannedAt } = this.#found;
    const { witness, clock } = this.#ports;
    const findings = await witness.arrived(this.#category.id, plannedAt);
    if (findings.length > 0) return { findings, believed: new Set() };
    const { believed } = await witness.judge(this.#category.id, this.#rule, entries, clock());
    return { findings, believed: new Set(believed.map(({ entry }) => entry.id)) };
  }

  #arrivals(): Promise<Arrived> {
    const now = this.#ports.clock();
    if (this.#arrived === undefined || now - this.#arrivedAt >= ARRIVALS_LAST) {
      this.#arrivedAt = now;
      this.#arrived = this.#lookForArrivals();
    }
    return this.#arrived;
  }

  stillDue: DueErasures['stillDue'] = async (planned) => {
    if (planned.length === 0) return planned;
    const { believed } = await this.#arrivals();
    const subjects = planned.filter(({ key }) => believed.has(key));
    if (subjects.length === 0) return subjects;
    const { ledger } = this.#ports;
    const changed = await ledger.changed(subjects.flatMap(({ key }) => this.#current.get(key) ?? []));
    const now = changed.size === 0 ? this.#current : await ledger.read([...changed]);
    return subjects.filter(({ key }) => {
      const read = this.#read.get(key);
      const current = (changed.has(key) ? now : this.#current).get(key);
      return read !== undefined && owesTheSame(current?.entry, read);
    });
  };

  /**
   * Whether a claim belongs to this run's plan. Otherwise it is an older claim that the plan could not confirm, because
   * some index did not answer.
   */
  #isOwnClaim(entry: LedgerEntry): boolean {
    return isFullySearched(this.#isPlanWhole, entry) || this.#read.get(entry.id)?.entry.progress.claimed === undefined;
  }

  recordOutcomes: DueErasures['recordOutcomes'] = async ({ survey, verifiedAt }) => {
    const { braked, held } = this.#found;
    const counted = { due: this.subjects.length, braked: braked.length, held: held.length };
    if (this.#read.size === 0) return { summary: outcomeSummary(counted, [], []), cancelled: new Set(), notices: [] };
    const keys = await this.#ports.subjectKeys();
    const foundOf = this.#foundBy(survey, verifiedAt);
    const recorded = await this.#change(keys, (entry) => {
      const found = foundOf(entry);
      const after = recordOutcome(entry, found, {
        rule: this.#rule,
        metUnder: this.#metUnder,
        opening: this.#ports.newOpening(),
        seal: (opening, place) => sealOpening(opening, place, keys),
      });
      return this.#heldByIndex(after, found, survey);
    });
    const others = await this.#noteCancelled(new Set(recorded.map(({ id }) => id)), foundOf);
    return {
      summary: outcomeSummary(counted, closedSince(this.#read, recorded), others),
      cancelled: new Set(others.filter((entry) => owesNothingAt(entry, verifiedAt)).map(({ id }) => id)),
      notices: [...cancelledFindings(others), ...((await this.#arrived?.catch(() => undefined))?.findings ?? [])],
    };
  };

  /** Returns a function that gives the verification's result for the subject of an entry. */
  #foundBy(survey: Survey, verifiedAt: Instant): (entry: LedgerEntry) => VerifiedSubject {
    const isWhole = wholeSearch(survey);
    const isCounted = isCountedAgain(this.#planned, survey);
    const common = {
      indices: survey.indices.length,
      verifiedAt,
      nextRunBy: nextRun(this.#category.schedule, verifiedAt) ?? Number.POSITIVE_INFINITY,
    };
    return (entry) => ({
      ...common,
      ...(survey.subjects?.get(entry.id) ?? NO_DOCUMENTS),
      isWhole: isFullySearched(isWhole, entry),
      coversClaim: isFullySearched(isWhole, entry) || (isCounted && this.#isOwnClaim(entry)),
    });
  }

  /** If a subject has only documents left in indices on hold, its erasure waits for these holds. */
  #heldByIndex(entry: LedgerEntry, { due, held = 0 }: VerifiedSubject, survey: Survey): LedgerEntry {
    if (!isOpen(entry) || due > 0 || held === 0) return entry;
    const { holds, released } = this.#found;
    const own = survey.indices.flatMap(({ description }) => holdsOnIndex(holds, description));
    if (own.length === 0) return entry;
    return heldEntry(entry, [...new Set(own)], released, this.#ports.clock());
  }

  /**
   * Records the erased documents of entries that were reinstated meanwhile.
   * @returns the entries that no longer owe the same erasure.
   */
  async #noteCancelled(
    recorded: ReadonlySet<string>,
    foundOf: (entry: LedgerEntry) => VerifiedSubject,
  ): Promise<readonly LedgerEntry[]> {
    const noted: LedgerEntry[] = [];
    let ids: readonly string[] = [...this.#read.keys()].filter((id) => !recorded.has(id));
    while (ids.length > 0) {
      const reads = [...(await this.#ports.ledger.read(ids)).values()];
      const changes = reads.map((read) => ({ entry: this.#withErased(read.entry, foundOf), read }));
      const conflicts = await this.#ports.ledger.write(changes.filter(({ entry, read }) => entry !== read.entry));
      noted.push(...changes.flatMap(({ entry }) => (conflicts.has(entry.id) ? [] : [entry])));
      ids = [...conflicts];
    }
    return noted;
  }

  #withErased(entry: LedgerEntry, foundOf: (entry: LedgerEntry) => VerifiedSubject): LedgerEntry {
    const begun = this.#read.get(entry.id)?.entry;
    if (begun === undefined || entry.state !== 'cancelled') return entry;
    const claimed = claimable(this.#planned.subjects?.get(begun.id) ?? NO_DOCUMENTS);
    return cancelledMeanwhile(entry, begun, claimed, foundOf(begun));
  }

  /**
   * Changes every entry that still owes the same erasure, and makes a new proof. Begins with the state that this run
   * knows. If somebody else has changed an entry, it is read again instead of written. Cancelled entries stay
   * cancelled. It must never change an entry that was edited since it was believed: otherwise the receipt would state
   * the edited content.
   */
  async #change(keys: SubjectKeys, change: (entry: LedgerEntry) => LedgerEntry): Promise<readonly LedgerEntry[]> {
    const changed: LedgerEntry[] = [];
    // While the ledger writes some entries, the next entries are computed.
    await inParts([...this.#current.values()], WRITTEN_TOGETHER, async (part) => {
      changed.push(...(await this.#changePart(part, keys, change)));
    });
    return changed;
  }

  async #changePart(
    part: readonly ReadEntry[],
    keys: SubjectKeys,
    change: (entry: LedgerEntry) => LedgerEntry,
  ): Promise<readonly LedgerEntry[]> {
    const { ledger } = this.#ports;
    const changed: LedgerEntry[] = [];
    let reads = part;
    while (reads.length > 0) {
      const changes = reads.flatMap((read) => {
        const first = this.#read.get(read.entry.id);
        if (first === undefined || !owesTheSame(read.entry, first) || !isProvenBy(read.entry, keys)) return [];
        return [{ entry: withProof(change(read.entry), keys, read.entry), read }];
      });
      const conflicts = await ledger.write(changes, (written) => void this.#current.set(written.entry.id, written));
      changed.push(...changes.flatMap(({ entry }) => (conflicts.has(entry.id) ? [] : [entry])));
      const again = conflicts.size === 0 ? [] : [...(await ledger.read([...conflicts])).values()];
      // The answer to our own change may have been lost, and the change sent again. It must not be made twice.
      const own = again.filter((read) => isAmong(read, changes));
      for (const read of own) this.#current.set(read.entry.id, read);
      changed.push(...own.map(({ entry }) => entry));
      reads = again.filter((read) => !own.includes(read));
    }
    return changed;
  }
}
