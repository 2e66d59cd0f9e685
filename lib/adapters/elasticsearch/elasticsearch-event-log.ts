import type { Client, estypes } from '@elastic/elasticsearch';
import type { EventLog } from '../../erasure/ledger.ts';
import { WorldError } from '../../purge/errors.ts';
import { ownIndex } from './own-index.ts';
import { type RequestPolicy, request } from './request.ts';

/** Every accepted termination event, one document each, never changed. */
export const EVENT_INDEX = 'retention-ledger-events';

const keyword = { type: 'keyword' } as const;
const date = { type: 'date', format: 'strict_date_optional_time' } as const;

const MAPPINGS: estypes.MappingTypeMapping = {
  dynamic: 'strict',
  properties: {
    id: keyword,
    type: keyword,
    kid: keyword,
    hash: keyword,
    at: date,
    immediate: { type: 'boolean' },
    requestId: keyword,
    heardAt: date,
  },
};

/** The event log in Elasticsearch: create only, so that an event that comes twice is there once. */
export const elasticsearchEventLog = (client: Client, policy: RequestPolicy): EventLog => {
  const index = EVENT_INDEX;
  const own = ownIndex(client, policy, index, MAPPINGS);
  return {
    keep: async (event) => {
      try {
        await own.write(() =>
          request(policy, 'keeping an event', (options) =>
            client.create({ index, id: event.id, document: event, wait_for_active_shards: 1 }, options),
          ),
        );
        return true;
      } catch (error) {
        if (error instanceof WorldError && error.code === 'conflict') return false;
        throw error;
      }
    },
    forget: (before) => own.forget('heardAt', before, 'forgetting old events'),
  };
};
