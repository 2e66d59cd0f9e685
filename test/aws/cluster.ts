import type { Client } from '@elastic/elasticsearch';
import { templateName } from '../../lib/adapters/elasticsearch/own-index-shape.ts';
import { setUpOwnIndices } from '../../lib/adapters/elasticsearch/set-up.ts';
import { ownIndices } from '../../lib/policy/own-indices.ts';
import type { RetentionPolicy } from '../../lib/policy/retention-policy.ts';

const DATA = { '@timestamp': { type: 'date' }, uin: { type: 'keyword' }, sdkAppId: { type: 'keyword' } } as const;

/** Our own indices, and a template for the data of the check; all of it under the stage's name. */
export const furnish = async (client: Client, stage: string, policy: RetentionPolicy): Promise<void> => {
  await setUpOwnIndices(client, { timeout: () => 30_000 }, policy);
  await client.indices.putIndexTemplate({
    name: stage,
    index_patterns: [`trtc-${stage}-*`],
    template: { settings: { number_of_replicas: 0 }, mappings: { properties: DATA } },
  });
};

/** A key for each function, where the server has users: {@link createApiKey} gives none to a key. */
export const makeKey = async (client: Client, name: string, isSecured: boolean): Promise<string> => {
  if (!isSecured) return 'nobody-asks-for-it';
  const { encoded } = await client.security.createApiKey({ name, expiration: '1d' });
  return encoded;
};

/** Removes, by name, what was made under the stage's name. */
export const clear = async (
  client: Client,
  stage: string,
  policy: RetentionPolicy,
  isSecured: boolean,
): Promise<void> => {
  const ours = [...policy.categories.keys()].flatMap((id) => Object.values(ownIndices(policy, id)));
  const data = await client.cat.indices({ index: `trtc-${stage}-*`, h: 'index', format: 'json' });
  const names = [...ours, ...data.flatMap(({ index }) => index ?? [])];
  for (const index of new Set(names)) await client.indices.delete({ index, ignore_unavailable: true });
  for (const name of [stage, ...ours.map(templateName)])
    await client.indices.deleteIndexTemplate({ name }, { ignore: [404] });
  if (isSecured)
    for (const id of policy.categories.keys())
      await client.security.invalidateApiKey({ name: `${stage}-purge-${id}` }, { ignore: [404] });
};
