import type { Client } from '@elastic/elasticsearch';
import { InputError } from '../../../base/errors.ts';
import type { FunctionKeys } from '../../../maintenance/function-keys.ts';
import { type KeyHolder, type KeyPrivileges, keyPrivileges } from '../../../maintenance/key-privileges.ts';
import type { RetentionPolicy } from '../../../policy/retention-policy.ts';
import { DAY } from '../../../policy/time/duration.ts';
import { type RequestPolicy, request, requestOnce } from '../client/request.ts';
import { lackedPrivileges } from './lacked-privileges.ts';

const MAX_NAMED = 5;

interface Metadata {
  readonly managedBy?: string;
  readonly stage?: string;
  readonly indexPrefix?: string;
  readonly holder?: string;
  readonly attempt?: string;
}

const assertUserMay = async (
  client: Client,
  requests: RequestPolicy,
  wanted: readonly KeyPrivileges[],
): Promise<void> => {
  const missing = await lackedPrivileges(client, requests, wanted, ['manage_own_api_key']);
  if (missing === undefined)
    throw new InputError('no-security', {
      expected: 'a cluster with security, because keys are requested',
      found: 'a cluster that has no users',
      fix: 'Leave --keys out: this cluster asks nobody for a key. Or turn its security on.',
    });
  if (missing.length === 0) return;
  throw new InputError('missing-privilege', {
    expected: 'a user with all privileges of the keys, because a key can do no more than the user who makes it',
    found: `one without ${missing.slice(0, MAX_NAMED).join(', ')}${missing.length > MAX_NAMED ? `, and ${missing.length - MAX_NAMED} more` : ''}`,
    fix: 'Run setup as a superuser (elastic, say), or give the user these privileges.',
  });
};

/**
 * Manages the keys that `setup` makes. Name and metadata distinguish them from keys of other stages and policies.
 * @param stage of the deployment; letters, digits and hyphens.
 */
export const functionKeys = (
  client: Client,
  requests: RequestPolicy,
  policy: RetentionPolicy,
  stage: string,
): FunctionKeys => {
  const privileges = keyPrivileges(policy);
  const of = (holder: KeyHolder): KeyPrivileges => privileges.get(holder) ?? { cluster: [], indices: [] };
  const mark = { managedBy: 'es-retention', stage, indexPrefix: policy.indexPrefix };
  const isOurs = (metadata: Metadata): boolean =>
    Object.entries(mark).every(([name, value]) => metadata[name as keyof Metadata] === value);
  return {
    assertMayMake: (holders) => assertUserMay(client, requests, holders.map(of)),
    valid: async () => {
      const { api_keys } = await request(requests, 'looking for the keys of our functions', (options) =>
        client.security.getApiKey({ name: `es-retention/${stage}/*`, active_only: true }, options),
      );
      return api_keys.flatMap(({ id, creation, expiration, metadata = {} }) => {
        const { holder = '', attempt } = metadata as Metadata;
        if (!isOurs(metadata)) return [];
        const end = expiration === undefined ? {} : { expiresAt: Number(expiration) };
        return [{ id, holder, createdAt: Number(creation), ...end, ...(attempt !== undefined && { attempt }) }];
      });
    },
    make: async (holder, attempt, lifetime) => {
      const { cluster, indices } = of(holder);
      const made = await requestOnce(requests, `making the key of ${holder}`, (options) =>
        client.security.createApiKey(
          {
            name: `es-retention/${stage}/${holder}`,
            expiration: `${Math.ceil(lifetime / DAY)}d`,
            metadata: { ...mark, holder, attempt },
            // The default would wait for the next refresh of the security index: up to a second for each key.
            refresh: true,
            role_descriptors: {
              [holder]: {
                cluster: [...cluster],
                indices: indices.map((each) => ({ names: [...each.names], privileges: [...each.privileges] })),
              },
            },
          },
          options,
        ),
      );
      return { id: made.id, encoded: made.encoded, expiresAt: Number(made.expiration) };
    },
    revoke: async (ids) => {
      if (ids.length === 0) return;
      const { error_count } = await request(requests, 'revoking earlier keys', (options) =>
        client.security.invalidateApiKey({ ids: [...ids] }, options),
      );
      if (error_count === 0) return;
      throw new InputError('not-revoked', {
        expected: `${ids.length} earlier keys to be revoked`,
        found: `${error_count} that were not`,
        fix: 'Run the command again. GET /_security/api_key?active_only=true shows the keys that are left.',
      });
    },
  };
};
