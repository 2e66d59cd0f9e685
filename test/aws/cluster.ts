import type { Client } from '@elastic/elasticsearch';
import { templateName } from '../../lib/adapters/elasticsearch/own-index/own-index-shape.ts';
import { functionKeys } from '../../lib/adapters/elasticsearch/setup/elasticsearch-function-keys.ts';
import { setUpOwnIndices } from '../../lib/adapters/elasticsearch/setup/set-up-own-indices.ts';
import { type KeyHolder, keyPrivileges } from '../../lib/maintenance/key-privileges.ts';
import { ownIndices } from '../../lib/policy/own-indices.ts';
import type { RetentionPolicy } from '../../lib/policy/retention-policy.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import { isoInstant } from '../../lib/policy/time/instant.ts';

const REQUESTS = { timeout: () => 30_000 };
const DATA = { '@timestamp': { type: 'date' }, uin: { type: 'keyword' }, sdkAppId: { type: 'keyword' } } as const;

/** Our own indices, and a template for the data of the check; all of it under the stage's name. */
export const furnish = async (client: Client, stage: string, policy: RetentionPolicy): Promise<void> => {
  await setUpOwnIndices(client, REQUESTS, policy);
  await client.indices.putIndexTemplate({
    name: stage,
    index_patterns: [`trtc-${stage}-*`],
    template: { settings: { number_of_replicas: 0 }, mappings: { properties: DATA } },
  });
};

/** The texts of the functions' secrets: keys as `setup` makes them, where the server has users. */
export const keySecrets = async (
  client: Client,
  stage: string,
  policy: RetentionPolicy,
  isSecured: boolean,
): Promise<ReadonlyMap<KeyHolder, string>> => {
  const holders = [...keyPrivileges(policy).keys()].filter((holder) => holder !== 'operator');
  if (!isSecured) return new Map(holders.map((holder) => [holder, 'nobody-asks-for-it']));
  const keys = functionKeys(client, REQUESTS, policy, stage);
  const secrets = new Map<KeyHolder, string>();
  for (const holder of holders) {
    const { encoded, expiresAt } = await keys.make(holder, stage, DAY);
    secrets.set(holder, JSON.stringify({ encoded, expiresAt: isoInstant(expiresAt) }));
  }
  return secrets;
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
  if (!isSecured) return;
  const keys = functionKeys(client, REQUESTS, policy, stage);
  await keys.revoke((await keys.valid()).map(({ id }) => id));
};
