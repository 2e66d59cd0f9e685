import type { Client } from '@elastic/elasticsearch';
import type { EarlierRecords } from '../../erasure/earlier-records.ts';
import { MOST_WITNESSED } from '../../erasure/forgotten.ts';
import { OPEN_STATES } from '../../erasure/ledger-entry.ts';
import { isContainedIn } from '../../erasure/moved-entry.ts';
import { type OwnNames, sharedIndices } from '../../policy/own-indices.ts';
import { once } from '../once.ts';
import { elasticsearchEventLog } from './elasticsearch-event-log.ts';
import { elasticsearchLedger } from './elasticsearch-ledger.ts';
import type { OwnBooks } from './own-books.ts';
import type { RequestPolicy } from './request.ts';
import { isLeftToMove, sharedContext } from './shared-records.ts';

/** Looks into the indices that all categories shared in earlier versions, as long as `setup` has not said that all of it is moved. */
export const earlierRecords = (
  client: Client,
  policy: RequestPolicy,
  names: OwnNames,
  { ledger, events }: Pick<OwnBooks, 'ledger' | 'events'>,
): EarlierRecords => {
  const shared = sharedIndices(names);
  const hasLedger = once(() => isLeftToMove(sharedContext(client, policy, names, 'ledger')));
  const hasEvents = once(() => isLeftToMove(sharedContext(client, policy, names, 'events')));
  const earlierLedger = elasticsearchLedger(client, policy, shared.ledger);
  const earlierEvents = elasticsearchEventLog(client, policy, shared.events);
  const eventIds = once(async () => (await earlierEvents.since(0, MOST_WITNESSED)).map(({ id }) => id));

  const openEntries = async (category: string): Promise<number> => {
    if (!(await hasLedger())) return 0;
    const { entries } = await earlierLedger.find({ category, states: OPEN_STATES }, MOST_WITNESSED);
    const there = await ledger.read(entries.map(({ entry }) => entry.id));
    return entries.filter(({ entry }) => {
      const own = there.get(entry.id)?.entry;
      return own === undefined || !isContainedIn(entry, own);
    }).length;
  };
  return {
    notMoved: async ({ id, rules }) => {
      const entries = await openEntries(id);
      if (rules.termination === undefined || !(await hasEvents())) return entries;
      return entries + (await events(id).missing(await eventIds())).size;
    },
  };
};
