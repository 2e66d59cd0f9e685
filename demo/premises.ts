import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import { createClient } from '../lib/adapters/elasticsearch/client/client.ts';
import { templateName } from '../lib/adapters/elasticsearch/own-index/own-index-shape.ts';
import { createKeyRingFile } from '../lib/adapters/files/key-ring-file.ts';
import { ownIndices } from '../lib/policy/own-indices.ts';
import type { RetentionPolicy } from '../lib/policy/retention-policy.ts';
import { messageOf } from '../lib/purge/errors.ts';
import type { TestServer } from '../test/support/embedded-elasticsearch/start.ts';
import type { DemoPolicy } from './demo-policy.ts';
import { type Cluster, pointFunctionsAt } from './environment.ts';

/** Where the demo takes place: a server, the policy it enforces there, and the list of what must go at the end. */
export interface Premises {
  readonly client: Client;
  readonly policy: RetentionPolicy;
  /** The server's address without a password. */
  readonly url: string;
  /** The key ring that was made for the demo. */
  readonly keysFile: string;
  /** Concrete indices to remove; add a name before creating it. */
  readonly created: Set<string>;
  /** Removes everything that the demo made. */
  readonly leave: () => Promise<void>;
}

interface Access extends Cluster {
  readonly revoke: () => Promise<unknown>;
}

/** The functions log in with API keys only, so a named server with a user in its address gets one for the hour. */
const accessTo = async (named: string): Promise<Access> => {
  const url = new URL(named);
  if (url.username === '') return { url: url.href, revoke: async () => undefined };
  const owner = createClient({ url: named });
  const { id, encoded } = await owner.security.createApiKey({ name: 'es-retention-demo', expiration: '1h' });
  url.username = '';
  url.password = '';
  const revoke = async (): Promise<void> => {
    await owner.security.invalidateApiKey({ ids: [id] });
    await owner.close();
  };
  return { url: url.href, apiKey: encoded, revoke };
};

/** A request line holds 4,096 bytes, so few names at a time. */
const NAMES_AT_ONCE = 40;

const removeIndices = async (client: Client, names: readonly string[]): Promise<void> => {
  for (let at = 0; at < names.length; at += NAMES_AT_ONCE)
    await client.indices.delete({ index: names.slice(at, at + NAMES_AT_ONCE), ignore_unavailable: true });
};

/** Sets the demo up on a server that holds nothing of ours. */
export const settleIn = async (server: TestServer, { text, policy }: DemoPolicy): Promise<Premises> => {
  const access = await accessTo(server.url);
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-demo-'));
  const files = {
    policy: join(folder, 'retention-policy.yml'),
    keys: join(folder, 'keys.json'),
    archive: join(folder, 'archive'),
  };
  writeFileSync(files.policy, text);
  await createKeyRingFile(files.keys, Date.now());
  pointFunctionsAt(access, files);

  const client = createClient(access);
  const created = new Set([...policy.categories.keys()].flatMap((id) => Object.values(ownIndices(policy, id))));
  const leave = async (): Promise<void> => {
    rmSync(folder, { recursive: true, force: true });
    try {
      if (!server.embedded) {
        await removeIndices(client, [...created]);
        for (const name of [...created].map(templateName))
          await client.indices.deleteIndexTemplate({ name }, { ignore: [404] });
      }
      await client.close();
      await access.revoke();
    } catch (error) {
      throw new Error(
        `The demo could not remove all that it made: ${messageOf(error)}. On the server that ES_RETENTION_TEST_URL names, delete the indices trtc-* and retention-*.`,
        { cause: error },
      );
    } finally {
      await server.stop();
    }
  };
  return { client, policy, url: access.url.replace(/\/$/, ''), keysFile: files.keys, created, leave };
};
