import { type Hold, holdsOnSubject } from '../../control/controls.ts';
import type { Finding } from '../../criteria/finding.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { Ledger, ReadEntry } from '../ledger/ledger.ts';
import { type HeldSpan, type LedgerEntry, mayBeDue } from '../ledger/ledger-entry.ts';

/** The holds for which an entry waits; empty if it need not wait. An entry without a subject owes no erasure. */
export const holdsOnEntry = ({ uin, sdkAppId }: LedgerEntry, holds: readonly Hold[]): readonly Hold[] =>
  uin === undefined ? [] : holdsOnSubject(holds, { uin, ...(sdkAppId !== undefined && { sdkAppId }) });

/** The release times of holds, by id. */
export type ReleasedAt = ReadonlyMap<string, Instant>;

/**
 * The spans of an entry, with the holds that are in force now. The span of a hold that is gone ends at its release, or
 * now if nobody knows the release.
 */
const spansOf = (
  { held = [] }: LedgerEntry,
  holds: readonly Pick<Hold, 'id' | 'placedAt'>[],
  released: ReleasedAt,
  now: Instant,
): readonly HeldSpan[] => {
  const open = new Set(holds.map(({ id }) => id));
  const known = new Set(held.map(({ hold }) => hold));
  return [
    ...held.map((span) =>
      span.to !== undefined || open.has(span.hold) ? span : { ...span, to: released.get(span.hold) ?? now },
    ),
    ...holds.filter(({ id }) => !known.has(id)).map(({ id, placedAt }) => ({ hold: id, from: placedAt })),
  ];
};

const isSameState = (one: LedgerEntry, other: LedgerEntry): boolean =>
  one.state === other.state && JSON.stringify(one.held) === JSON.stringify(other.held);

/** An entry that waits for these holds. If another hold has come, the requester is told again. */
export const heldEntry = (
  entry: LedgerEntry,
  holds: readonly Pick<Hold, 'id' | 'placedAt'>[],
  released: ReleasedAt,
  now: Instant,
): LedgerEntry => {
  const held = spansOf(entry, holds, released, now);
  const isNew = held.length > (entry.held ?? []).length;
  const { heldSaidAt, ...rest } = entry;
  return { ...rest, state: 'held', held, ...(heldSaidAt !== undefined && !isNew && { heldSaidAt }) };
};

/** An entry for which no hold is in force any more: its spans end, and it is owed again. */
export const releasedEntry = (entry: LedgerEntry, released: ReleasedAt, now: Instant): LedgerEntry => {
  if (entry.held === undefined) return entry;
  const { heldSaidAt, ...rest } = entry;
  return { ...rest, held: spansOf(entry, [], released, now) };
};

/** The ids of holds whose end is not recorded in these entries. */
export const openSpans = (entries: readonly ReadEntry[]): readonly string[] => [
  ...new Set(
    entries.flatMap(({ entry }) => (entry.held ?? []).flatMap(({ hold, to }) => (to === undefined ? hold : []))),
  ),
];

/**
 * Records which due erasures wait, and for which holds. Entries that somebody else changed meanwhile are read again.
 * Entries that now owe another termination, or no erasure, are left to the next run.
 * @throws TransientError if the ledger does not answer.
 */
export const holdErasures = async (
  entries: readonly ReadEntry[],
  holds: readonly Hold[],
  { ledger, released, now }: { readonly ledger: Ledger; readonly released: ReleasedAt; readonly now: Instant },
): Promise<void> => {
  let reads = entries;
  while (reads.length > 0) {
    const changes = reads.flatMap((read) => {
      const own = holdsOnEntry(read.entry, holds);
      if (own.length === 0 || !mayBeDue(read.entry, now)) return [];
      const entry = heldEntry(read.entry, own, released, now);
      return isSameState(entry, read.entry) ? [] : [{ entry, read }];
    });
    const conflicts = changes.length === 0 ? new Set<string>() : await ledger.write(changes);
    reads = conflicts.size === 0 ? [] : [...(await ledger.read([...conflicts])).values()];
  }
};

/** The maximum number of holds that a finding names. */
const MAX_HOLDS_NAMED = 3;

/** The finding for due erasures that wait for a hold. */
export const heldFindings = (
  category: string,
  entries: readonly ReadEntry[],
  holds: readonly Hold[],
): readonly Finding[] => {
  if (entries.length === 0) return [];
  const ids = [...new Set(entries.flatMap(({ entry }) => holdsOnEntry(entry, holds).map(({ id }) => id)))];
  return [
    {
      code: 'erasures-held',
      severity: 'notice',
      subjects: entries.length,
      expected: 'no legal hold on an erasure that is due',
      found: `${entries.length} of "${category}" that wait for ${ids.slice(0, MAX_HOLDS_NAMED).join(', ')}${ids.length > MAX_HOLDS_NAMED ? ', …' : ''}; their deadlines are suspended`,
      fix: 'Nothing to do. After the release (node bin/es-retention.mjs release ID --by NAME), the next run erases.',
    },
  ];
};
