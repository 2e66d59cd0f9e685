import type { Finding } from '../../criteria/finding.ts';
import { ledgerMemory } from '../../policy/ledger-memory.ts';
import { ownIndices } from '../../policy/own-indices.ts';
import type { Category, RetentionPolicy } from '../../policy/retention-policy.ts';
import type { TerminationRule } from '../../policy/rules/rules.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { Alteration, Evidence } from '../ledger/entry-check.ts';
import type { ReadEntry } from '../ledger/ledger.ts';
import type { CategoryVisit } from '../recording/category-visit.ts';
import { compareCategory, findStillMissing } from './compare-category.ts';
import { notMovedFindings } from './earlier-records.ts';
import { type JudgedEntries, judgeEntries } from './judge-entries.ts';
import {
  alteredEntries,
  alteredEvents,
  erasuresElsewhere,
  forgottenCopies,
  forgottenEvents,
  noArchive,
  orphanedErasures,
} from './witness-findings.ts';
import { WitnessReadings } from './witness-readings.ts';
import { openIn, type Witnesses } from './witnesses.ts';

/** The result of comparing the entries of one category with its events. */
interface CategoryCheck {
  /** The times at which the events without an entry were recorded. */
  readonly forgottenAt: readonly string[];
  readonly altered: ReadonlyMap<string, Alteration>;
}

/** The findings of one category, and numbers that are reported once for all categories. */
interface CategoryFindings {
  readonly findings: readonly Finding[];
  readonly alteredEvents: readonly string[];
  readonly missingCopies: readonly string[];
  /** Whether the archive was compared too. */
  readonly isCompared: boolean;
  /** Whether events were recorded but no archive is configured. */
  readonly lacksArchive: boolean;
}

const NOTHING: CategoryFindings = {
  findings: [],
  alteredEvents: [],
  missingCopies: [],
  isCompared: false,
  lacksArchive: false,
};

/**
 * Compares ledger, event log and archive with each other, for one command or one run. Events and archive are read once
 * for all categories. A difference may come from a write in progress, so it is checked a second time.
 */
export class LedgerWitness {
  readonly #policy: RetentionPolicy;
  readonly #witnesses: Witnesses;
  readonly #readings: WitnessReadings;

  constructor(policy: RetentionPolicy, witnesses: Witnesses) {
    this.#policy = policy;
    this.#witnesses = witnesses;
    this.#readings = new WitnessReadings(policy, witnesses);
  }

  /**
   * Findings about erasures that would be forgotten, or that are not believed: open entries without a rule, events
   * without an entry, altered entries and events, and archive copies that the event log does not contain. For
   * categories without a termination rule, it only looks for open entries. Reads no index of another category.
   * @param known entries that were judged before.
   * @throws InputError | TransientError if ledger or event log do not answer. If the archive does not answer, there is
   *   a finding.
   */
  async findings(categories: readonly Category[], now: Instant, known?: JudgedEntries): Promise<readonly Finding[]> {
    const found: CategoryFindings[] = [];
    for (const category of categories) found.push(await this.#findingsOf(category, now, known));
    return this.#joined(found, now);
  }

  /**
   * The same for all categories that answer, plus open erasures of categories that are not in the policy, as far as the
   * key may see them. For commands of a person; a run sees its own category only.
   * @param visit collects the categories that do not answer.
   * @throws InputError | TransientError if the names of the ledgers cannot be read.
   */
  async examine(categories: readonly Category[], now: Instant, visit: CategoryVisit): Promise<readonly Finding[]> {
    const byId = new Map(categories.map((category) => [category.id, category]));
    const found = await visit.each(byId.keys(), async (id) => {
      const category = byId.get(id);
      return category === undefined ? NOTHING : this.#findingsOf(category, now);
    });
    return [...(await this.#joined([...found.values()], now)), ...(await this.orphans(now, visit))];
  }

  /**
   * Open erasures of categories that are not in the policy, and overdue erasures in ledgers under another prefix, as
   * far as the key may see them. For commands of a person and for housekeeping.
   * @param visit collects the categories that do not answer.
   * @throws InputError | TransientError if the names of the ledgers cannot be read.
   */
  async orphans(now: Instant, visit: CategoryVisit): Promise<readonly Finding[]> {
    const { ledger, elsewhere } = this.#witnesses;
    const known = this.#policy.categories;
    const unknown = (await ledger.categories()).filter((id) => !known.has(id));
    const open = await visit.each(unknown, (id) => openIn(id, ledger));
    const overdue = (await elsewhere?.(new Set(known.keys()), now)) ?? [];
    return [...orphanedErasures(this.#policy, open), ...erasuresElsewhere(this.#policy, overdue)];
  }

  /**
   * Compares entries with their hashes and their events, as they are now.
   * @throws TransientError if ledger or event log do not answer.
   */
  judge(category: string, rule: TerminationRule, entries: readonly ReadEntry[], now: Instant): Promise<JudgedEntries> {
    return judgeEntries({ category, rule, now }, entries, this.#readings);
  }

  /** All entries of a category that are not believed, by id. */
  async altered(category: Category, now: Instant): Promise<ReadonlyMap<string, Alteration>> {
    return (await compareCategory(category, now, this.#readings)).altered;
  }

  /**
   * Findings if a reinstatement may have arrived after the plan unnoticed: the archive has copies that the event log
   * does not contain, or it does not answer. Reads anew at each call.
   * @throws TransientError if the event log does not answer.
   */
  arrived(category: string, plannedAt: Instant): Promise<readonly Finding[]> {
    return this.#readings.arrived(category, plannedAt);
  }

  /** The versions of the subject key; undefined if a command runs without a key ring. */
  keys(): Promise<Evidence['keys']> {
    return this.#readings.keys();
  }

  /**
   * Counts the open entries and events of a category that exist only in an index of an earlier version. A reinstatement
   * may be among them.
   * @throws InputError | TransientError
   */
  notMoved(category: Category): Promise<number> {
    return this.#readings.notMoved(category);
  }

  async #findingsOf(category: Category, now: Instant, known?: JudgedEntries): Promise<CategoryFindings> {
    const { id, rules } = category;
    const asked = this.notMoved(category);
    if (rules.termination === undefined) {
      const [open, left] = await Promise.all([openIn(id, this.#witnesses.ledger), asked]);
      return {
        ...NOTHING,
        findings: [...orphanedErasures(this.#policy, new Map([[id, open]])), ...notMovedFindings(id, left)],
      };
    }
    const left = await asked;
    // Until all records are moved, a missing event does not mean that an entry was edited.
    if (left > 0) return { ...NOTHING, findings: notMovedFindings(id, left) };
    const check = await this.#readings.remember(`category ${id}`, () => this.#check(category, now, known));
    return {
      findings: [
        ...forgottenEvents(id, check.forgottenAt, ledgerMemory(this.#policy), ownIndices(this.#policy, id).events),
        ...alteredEntries(id, [...check.altered.values()], ownIndices(this.#policy, id).ledger),
      ],
      alteredEvents: [
        ...(await this.#readings.events(id, now)).altered.map((event) => event.id),
        ...(await this.#readings.hiddenEvents(id, now)),
      ],
      missingCopies: [...(await this.#readings.missingCopies(id, now))],
      isCompared: true,
      lacksArchive: await this.#lacksArchive(id, now),
    };
  }

  /**
   * Recording always needs an archive. If no archive is configured now, the earlier archive may contain a reinstatement
   * that is nowhere else.
   */
  async #lacksArchive(category: string, now: Instant): Promise<boolean> {
    if (this.#witnesses.archivedEvents !== undefined) return false;
    const { size } = await this.#readings.events(category, now);
    return size > 0 || (await openIn(category, this.#witnesses.ledger)) > 0;
  }

  async #joined(found: readonly CategoryFindings[], now: Instant): Promise<readonly Finding[]> {
    const unread = found.some(({ isCompared }) => isCompared) ? (await this.#readings.copies(now)).findings : [];
    return [
      ...found.flatMap(({ findings }) => findings),
      ...alteredEvents(new Set(found.flatMap((each) => each.alteredEvents)).size),
      ...unread,
      ...(found.some(({ lacksArchive }) => lacksArchive) ? [noArchive()] : []),
      ...forgottenCopies(new Set(found.flatMap(({ missingCopies }) => missingCopies)).size),
    ];
  }

  async #check(category: Category, now: Instant, known?: JudgedEntries): Promise<CategoryCheck> {
    const { missing, altered } = await compareCategory(category, now, this.#readings, known);
    const still = await findStillMissing(missing, now, this.#readings);
    return { forgottenAt: still.map(({ event }) => event.heardAt), altered };
  }
}
