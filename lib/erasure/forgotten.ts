import { DAY, describeDuration } from '../policy/duration.ts';
import { type Instant, parseInstant } from '../policy/instant.ts';
import { ledgerMemory } from '../policy/ledger-memory.ts';
import type { Category, RetentionPolicy, Trigger } from '../policy/retention-policy.ts';
import { messageOf } from '../purge/errors.ts';
import type { Finding } from '../purge/finding.ts';
import { archivePeriods } from './archive-periods.ts';
import { isTooFarAhead } from './event-fields.ts';
import type { EventLog, Ledger, OpenErasures, RememberedEvent } from './ledger.ts';

/** What can tell that the ledger has forgotten something. */
export interface Witnesses {
  readonly ledger: Pick<Ledger, 'openByCategory' | 'missing' | 'find'>;
  readonly events: Pick<EventLog, 'since' | 'missing'>;
  /** The ids of the events that were put into the archive since an instant; absent where no archive is configured. */
  readonly archivedEvents?: (since: Instant) => AsyncIterable<string>;
}

/** So many events, those that were heard last, and so many copies of the archive are looked at each time. */
const MOST_WITNESSED = 200_000;

/** Events, entries and copies are forgotten one after the other: what is about to be forgotten proves nothing. */
const MARGIN = DAY;

/**
 * Open entries that no run erases: of categories that the policy does not know, or knows without a termination rule. Pure.
 * @param open what the ledger owes, by category.
 */
const orphanedErasures = (
  { categories }: Pick<RetentionPolicy, 'categories'>,
  open: ReadonlyMap<string, Pick<OpenErasures, 'open'>>,
): readonly Finding[] =>
  [...open].flatMap(([id, { open: subjects }]) => {
    const category = categories.get(id);
    if (category?.rules.termination !== undefined) return [];
    const isKnown = category !== undefined;
    return {
      code: 'orphaned-erasures',
      severity: 'blocking',
      subjects,
      expected: 'a termination rule in the policy for every category that the ledger owes erasures in',
      found: `${subjects} open in "${id}", ${isKnown ? 'which has no termination rule' : 'which the policy does not know'}`,
      wayOut: isKnown
        ? `Give "${id}" a termination rule again, until its erasures are done.`
        : `Give the category its name back; or, where it is called otherwise now: node bin/es-retention.mjs replay --renamed ${id}=<new name>. Where it is to go, keep it in the policy until its erasures are done.`,
    };
  });

/** How many erasures are open in each of these, where any are. Needs no aggregation, so that a low search.max_buckets does no harm. */
const openOf = async (
  categories: readonly Category[],
  ledger: Pick<Ledger, 'find'>,
): Promise<ReadonlyMap<string, Pick<OpenErasures, 'open'>>> => {
  const open = new Map<string, { readonly open: number }>();
  for (const { id } of categories) {
    const { total } = await ledger.find({ category: id, states: ['pending', 'erasing', 'held'] }, 0);
    if (total > 0) open.set(id, { open: total });
  }
  return open;
};

/** The kinds of entries that must have heard an event. Whether a return was of one application the event does not say. */
const triggersOf = (type: RememberedEvent['type'], { rules }: Category): readonly Trigger[] => {
  const trigger = type === 'account-reinstated' ? 'feature-terminated' : type;
  return rules.termination?.triggers.includes(trigger) === true ? [trigger] : [];
};

/** The ids under which the entry may stand that heard an event: under one of these versions of the key. */
const entryIdsOf = (category: Category, { type, kid, hash, alsoUnder = [] }: RememberedEvent): readonly string[] =>
  triggersOf(type, category).flatMap((trigger) =>
    [`${kid}/${hash}`, ...alsoUnder].map((subject) => `${category.id}/${trigger}/${subject}`),
  );

/**
 * Events that tell: not a return dated ahead, which no entry hears; and not one of an earlier version of es-retention where the key
 * was rotated meanwhile, of which nobody knows under which version its entry stands.
 */
const tellingEvents = (events: readonly RememberedEvent[], now: Instant): readonly RememberedEvent[] => {
  const isRotated = new Set(events.map(({ kid }) => kid)).size > 1;
  return events.filter(
    ({ type, at, alsoUnder }) =>
      !isTooFarAhead(type, parseInstant(at) ?? now, now) && !(isRotated && alsoUnder === undefined),
  );
};

const forgottenEvents = async (
  policy: RetentionPolicy,
  categories: readonly Category[],
  { ledger, events }: Witnesses,
  now: Instant,
): Promise<readonly Finding[]> => {
  const memory = ledgerMemory(policy);
  const telling = tellingEvents(await events.since(now - memory + MARGIN, MOST_WITNESSED), now);
  const findings: Finding[] = [];
  for (const category of categories) {
    const ids = telling.map((event) => entryIdsOf(category, event));
    const missing = await ledger.missing(ids.flat());
    const forgotten = ids.filter((each) => each.length > 0 && each.every((id) => missing.has(id))).length;
    if (forgotten === 0) continue;
    findings.push({
      code: 'forgotten-events',
      severity: 'blocking',
      subjects: forgotten,
      expected: `an entry in the ledger for every event of the last ${describeDuration(memory)}`,
      found: `${forgotten} that no entry of "${category.id}" has heard`,
      wayOut:
        'node bin/es-retention.mjs replay records what the archive has once more. What it has lost: node bin/es-retention.mjs terminate (or reinstate) again.',
    });
  }
  return findings;
};

const copiesFinding = (found: string, wayOut: string, subjects = 0): Finding => ({
  code: 'forgotten-copies',
  severity: 'blocking',
  subjects,
  expected: 'every event of the archive in the event log',
  found,
  wayOut,
});

const forgottenCopies = async (
  policy: RetentionPolicy,
  { events, archivedEvents }: Witnesses,
  now: Instant,
): Promise<readonly Finding[]> => {
  if (archivedEvents === undefined) return [];
  const ids: string[] = [];
  try {
    for await (const id of archivedEvents(now - archivePeriods(policy).events + MARGIN)) {
      if (ids.push(id) === MOST_WITNESSED) break;
    }
  } catch (error) {
    return [copiesFinding(`an archive that does not say: ${messageOf(error)}`, 'The next run asks again.')];
  }
  const { size } = await events.missing(ids);
  return size === 0
    ? []
    : [copiesFinding(`${size} that it does not know`, 'node bin/es-retention.mjs replay records them again.', size)];
};

/**
 * What is owed and would be forgotten: open entries that no rule answers for, events of which these categories have no entry, and
 * copies in the archive that the event log does not know. Where none of these categories has a termination rule, only open
 * entries of their own are asked for.
 * @throws InputError | WorldError when ledger or event log do not answer. An archive that does not is a finding.
 */
export const forgottenErasures = async (
  policy: RetentionPolicy,
  categories: readonly Category[],
  witnesses: Witnesses,
  now: Instant,
): Promise<readonly Finding[]> => {
  const erasing = categories.filter(({ rules }) => rules.termination !== undefined);
  if (erasing.length === 0) return orphanedErasures(policy, await openOf(categories, witnesses.ledger));
  return [
    ...orphanedErasures(policy, await witnesses.ledger.openByCategory(now)),
    ...(await forgottenEvents(policy, erasing, witnesses, now)),
    ...(await forgottenCopies(policy, witnesses, now)),
  ];
};
