import type { RetentionPolicy } from '../policy/retention-policy.ts';
import { Gathering, ledgerCategories } from './gathering.ts';
import { archiveCopy } from './keep-event.ts';
import type { Ledger } from './ledger.ts';
import {
  assertKeysKnown,
  isConcerned,
  joined,
  type Place,
  type Recorded,
  type RecordPorts,
  recordIn,
} from './record-termination.ts';
import type { TerminationEvent } from './termination-event.ts';

/**
 * Every category that may owe something: those of the policy that erase, and every other that has a ledger, as far as the key may see.
 * @throws InputError | WorldError when the names of the ledgers cannot be read.
 */
export const placesOf = async (
  policy: Pick<RetentionPolicy, 'categories'>,
  ledger: Pick<Ledger, 'categories'>,
): Promise<readonly Place[]> =>
  (await ledgerCategories(policy, ledger)).map((id) => policy.categories.get(id) ?? { id, rules: {} });

/**
 * Records an event in every one of these places, as a person's command does. One whose books do not answer does not keep it from being
 * recorded in the others. Recording it once more changes nothing where it was recorded, and completes what is missing.
 * @param gathering keeps those that do not answer, and knows which did not before: these are left out.
 * @param id that of the event's copy in the archive, where it comes from there.
 * @throws InputError without a subject key, and `ring-too-old`, before anything is recorded; WorldError when the archive does not answer.
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
  if (event.type === 'account-reinstated') {
    const kids = await looking.each(byId.keys(), (category) => ports.ledger.kidsOfOpen(category));
    assertKeysKnown(event, ports.hashes(event.subject), [...kids.values()].flat());
  }
  const concerned = await gathering.each(byId.keys(), (category) => isConcerned(placeOf(category), event, ports));
  const where = [...concerned].flatMap(([category, is]) => (is ? [category] : []));
  if (where.length > 0) await archiveCopy(event, ports, id);
  // Also where the ledger did not answer: a return that stands in the event log keeps its category from being erased.
  const parts = await gathering.each(where, (category) => recordIn(placeOf(category), event, ports, id));
  gathering.note(looking.unreached);
  return joined([...parts.values()]);
};
