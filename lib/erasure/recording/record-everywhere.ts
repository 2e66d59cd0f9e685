import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import type { AccountEvent } from '../events/account-event.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { ringTooOld, unmatchedKeyIds } from '../ledger/unmatched-keys.ts';
import { CategoryVisit, ledgerCategories } from './category-visit.ts';
import { archiveCopy } from './keep-event.ts';
import { isConcerned, joined, type Recorded, type RecordingCategory, recordIn } from './record-account-event.ts';
import type { RecordPorts } from './record-ports.ts';

/**
 * Every category that may owe something: those of the policy with a termination rule, and every other category with a
 * ledger that the key may see.
 * @throws InputError | TransientError if the names of the ledgers cannot be read.
 */
export const placesOf = async (
  policy: Pick<RetentionPolicy, 'categories'>,
  ledger: Pick<Ledger, 'categories'>,
): Promise<readonly RecordingCategory[]> =>
  (await ledgerCategories(policy, ledger)).map((id) => policy.categories.get(id) ?? { id, rules: {} });

/**
 * Records an event in each of these categories, for a person's command. A category whose records do not answer does not
 * stop the others. Recording again completes what is missing and changes nothing else. A reinstatement is recorded even
 * if entries are under a key that is missing in the ring, since it only protects data. That category is then marked as
 * doubted (`ring-too-old`).
 * @param visit collects the categories that do not answer and the doubts; categories that failed before are left
 *   out.
 * @param id of the event's copy, if it comes from the archive.
 * @throws InputError without a subject key, before anything is recorded; TransientError if the archive does not answer.
 */
export const recordEverywhere = async (
  event: AccountEvent,
  places: readonly RecordingCategory[],
  ports: RecordPorts,
  visit: CategoryVisit,
  id?: string,
): Promise<Recorded> => {
  const byId = new Map(places.map((place) => [place.id, place]));
  const placeOf = (category: string): RecordingCategory => byId.get(category) ?? { id: category, rules: {} };
  const looking = new CategoryVisit(visit.unreached);
  const known = new Set(ports.hashes(event.subject).map(({ kid }) => kid));
  const unmatched = await looking.each(event.type === 'account-reinstated' ? byId.keys() : [], (category) =>
    unmatchedKeyIds(category, known, ports.ledger, event.subject),
  );
  const concerned = await visit.each(byId.keys(), (category) => isConcerned(placeOf(category), event, ports));
  const where = [...concerned].flatMap(([category, is]) => (is ? [category] : []));
  if (where.length > 0) await archiveCopy(event, ports, id);
  // This includes categories whose ledger did not answer: a reinstatement in the event log keeps their data from being
  // erased.
  const parts = await visit.each(where, (category) => recordIn(placeOf(category), event, ports, id));
  visit.note(looking.unreached);
  for (const [category, keyIds] of unmatched)
    if (keyIds.length > 0) visit.doubt(category, ringTooOld(event, category, keyIds));
  return joined([...parts.values()]);
};
