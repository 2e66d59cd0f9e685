import type { Client } from '@elastic/elasticsearch';
import { InputError } from '../../../base/errors.ts';
import { once } from '../../../base/once.ts';
import type { EarlierRecords } from '../../../erasure/consistency/earlier-records.ts';
import { MAX_WITNESSED } from '../../../erasure/consistency/witnesses.ts';
import type { LedgerEntry } from '../../../erasure/ledger/ledger-entry.ts';
import { isEntryId, OPEN_STATES } from '../../../erasure/ledger/ledger-entry.ts';
import { isContainedIn } from '../../../erasure/ledger/moved-entry.ts';
import type { OwnRecords } from '../../../erasure/stored/own-records.ts';
import type { OwnNames } from '../../../policy/own-indices.ts';
import type { RequestPolicy } from '../client/request.ts';
import { elasticsearchEventLog } from '../ledger/elasticsearch-event-log.ts';
import { elasticsearchLedger } from '../ledger/elasticsearch-ledger.ts';
import { earlierIndices, isLeftToMove } from './shared-records.ts';

/** An altered index is moved too, without a repair before. */
const withFix = (error: unknown): unknown =>
  error instanceof InputError && error.code === 'own-index-altered'
    ? new InputError('not-moved', {
        ...error.explanation,
        fix: 'It is of an earlier version. node bin/es-retention.mjs setup moves what it holds.',
      })
    : error;

/**
 * Reads the indices that all categories shared in earlier versions, until `setup` has noted that everything is moved.
 */
export const earlierRecords = (
  client: Client,
  requests: RequestPolicy,
  names: OwnNames,
  { ledger, events }: Pick<OwnRecords, 'ledger' | 'events'>,
): EarlierRecords => {
  const left = async (kind: 'ledger' | 'events'): Promise<readonly string[]> => {
    const indices: string[] = [];
    for (const each of earlierIndices(client, requests, names, kind))
      if (await isLeftToMove(each)) indices.push(each.shape.name);
    return indices;
  };
  const ledgers = once(async () => (await left('ledger')).map((index) => elasticsearchLedger(client, requests, index)));
  const eventIds = once(async () => {
    const ids = new Set<string>();
    for (const index of await left('events'))
      for (const { id } of await elasticsearchEventLog(client, requests, index).since(0, MAX_WITNESSED)) ids.add(id);
    return [...ids];
  });

  const openEntries = async (category: string): Promise<number> => {
    const earlier: LedgerEntry[] = [];
    for (const each of await ledgers()) {
      const { entries } = await each.find({ category, states: OPEN_STATES }, MAX_WITNESSED);
      earlier.push(...entries.map(({ entry }) => entry).filter(({ id }) => isEntryId(id)));
    }
    const stored = earlier.length === 0 ? new Map() : await ledger.read(earlier.map(({ id }) => id));
    const unmoved = earlier.filter((entry) => {
      const own = stored.get(entry.id)?.entry;
      return own === undefined || !isContainedIn(entry, own);
    });
    return new Set(unmoved.map(({ id }) => id)).size;
  };
  const notMoved: EarlierRecords['notMoved'] = async ({ id, rules }) => {
    const entries = await openEntries(id);
    const ids = rules.termination === undefined ? [] : await eventIds();
    return ids.length === 0 ? entries : entries + (await events(id).missing(ids)).size;
  };
  return {
    notMoved: async (category) => {
      try {
        return await notMoved(category);
      } catch (error) {
        throw withFix(error);
      }
    },
  };
};
