import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import { archiveCopy } from '../events/keep-event.ts';
import type { TerminationEvent } from '../events/termination-event.ts';
import { Gathering, ledgerCategories } from '../gathering.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { ringTooOld, unmatchedKeyIds } from '../subjects/unmatched-keys.ts';
import type { RecordPorts } from './record-ports.ts';
import { isConcerned, joined, type Place, type Recorded, recordIn } from './record-termination.ts';

/**
 * Every category that may owe something: those of the policy that erase, and every other that has a ledger, as far as the key may see.
 * @throws InputError | TransientError when the names of the ledgers cannot be read.
 */
export const placesOf = async (
  policy: Pick<RetentionPolicy, 'categories'>,
  ledger: Pick<Ledger, 'categories'>,
): Promise<readonly Place[]> =>
  (await ledgerCategories(policy, ledger)).map((id) => policy.categories.get(id) ?? { id, rules: {} });

/**
 * Records an event in every one of these places, as a person's command does. One whose records do not answer does not keep it from being
 * recorded in the others. Recording it once more changes nothing where it was recorded, and completes what is missing. A reinstatement is
 * recorded also where entries stand under a key that the ring has not got (a return only protects): that category is doubted (`ring-too-old`).
 * @param gathering keeps those that do not answer, and knows which did not before: these are left out. It keeps the doubts too.
 * @param id that of the event's copy in the archive, where it comes from there.
 * @throws InputError without a subject key, before anything is recorded; TransientError when the archive does not answer.
 */
export const recordEverywhere = async (
  event: TerminationEvent,
  places: readonly Place[],
  ports: RecordPorts,
  gathering: Gathering,
  id?: string,
): Promise<Recorded> => {
  const byId = new Map(places.map((place) => [place.id, place]));
  const placeOf = (category: string): Place => byId.get(category) ?? { id: category, rules: {} };
  const looking = new Gathering(gathering.unreached);
  const known = new Set(ports.hashes(event.subject).map(({ kid }) => kid));
  const unmatched = await looking.each(event.type === 'account-reinstated' ? byId.keys() : [], (category) =>
    unmatchedKeyIds(category, known, ports.ledger, event.subject),
  );
  const concerned = await gathering.each(byId.keys(), (category) => isConcerned(placeOf(category), event, ports));
  const where = [...concerned].flatMap(([category, is]) => (is ? [category] : []));
  if (where.length > 0) await archiveCopy(event, ports, id);
  // Also where the ledger did not answer: a return that stands in the event log keeps its category from being erased.
  const parts = await gathering.each(where, (category) => recordIn(placeOf(category), event, ports, id));
  gathering.note(looking.unreached);
  for (const [category, keyIds] of unmatched)
    if (keyIds.length > 0) gathering.doubt(category, ringTooOld(event, category, keyIds));
  return joined([...parts.values()]);
};
