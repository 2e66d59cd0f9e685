import type { Client } from '@elastic/elasticsearch';
import pMap from 'p-map';
import type { Diagnosis, OwnIndexState } from '../../../maintenance/diagnosis.ts';
import { keyPrivileges } from '../../../maintenance/key-privileges.ts';
import type { RetentionPolicy } from '../../../policy/retention-policy.ts';
import type { RequestPolicy } from '../client/request.ts';
import { fixOfAltered } from '../own-index/fix-of-altered.ts';
import { differencesIn, findOwnIndex, hasCopy, type OwnIndexContext, onlyCopy } from '../own-index/own-index-state.ts';
import { lackedPrivileges } from './lacked-privileges.ts';
import { ownShapes } from './set-up-own-indices.ts';

/** Indices that are looked at at the same time. Each takes one request. */
const LOOKED_AT_ONCE = 6;

const stateOf = async (context: OwnIndexContext): Promise<OwnIndexState> => {
  const { name: index } = context.shape;
  const found = await findOwnIndex(context);
  if (found === undefined)
    return (await hasCopy(context))
      ? { index, state: 'altered', note: onlyCopy(index), fix: fixOfAltered(index, []) }
      : { index, state: 'missing' };
  const differences = differencesIn(context, found);
  return differences.length === 0
    ? { index, state: 'ready' }
    : { index, state: 'altered', note: differences.join('; '), fix: fixOfAltered(index, differences, found) };
};

/** Looks at the privileges of the connection, and at our own indices. */
export const elasticsearchDiagnosis = (
  client: Client,
  requests: RequestPolicy,
  policy: RetentionPolicy,
): Diagnosis => ({
  missingPrivileges: async (holder) => {
    const wanted = keyPrivileges(policy).get(holder);
    return wanted === undefined ? [] : lackedPrivileges(client, requests, [wanted]);
  },
  ownIndices: () =>
    pMap(ownShapes(policy), (shape) => stateOf({ client, requests, shape }), { concurrency: LOOKED_AT_ONCE }),
});
