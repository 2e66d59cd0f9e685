import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import type { TestServer } from '../embedded-elasticsearch/start.ts';
import { createClient } from '../lib/adapters/elasticsearch/client/client.ts';
import { templateName } from '../lib/adapters/elasticsearch/own-index/own-index-shape.ts';
import { createKeyRingFile, publicKeyOf } from '../lib/adapters/files/key-ring-file.ts';
import { messageOf } from '../lib/base/errors.ts';
import { ownIndices } from '../lib/policy/own-indices.ts';
import { parseRetentionPolicy } from '../lib/policy/parsing/parse-retention-policy.ts';
import type { Category, RetentionPolicy } from '../lib/policy/retention-policy.ts';
import { type Files, pointFunctionsAt, type ServedCluster } from './function-environment.ts';
import { CONFIGURATION, SEEDED_CATEGORIES } from './seed/catalogue.ts';

const SHIPPED = new URL('../retention-policy.yml', import.meta.url);

/** The shipped policy, enforced. */
export interface DemoPolicy {
  readonly text: string;
  readonly policy: RetentionPolicy;
}

const isErasedWithinSevenDays = (category: Category | undefined): boolean => {
  const { age, termination } = category?.rules ?? {};
  return age === undefined && termination?.cancelWindow.iso === 'P3D' && termination.deadline.iso === 'P7D';
};

const isKeptForFourteenDays = (category: Category | undefined): boolean =>
  category?.rules.age?.maxAge.iso === 'P14D' && category.rules.termination === undefined;

/**
 * Whether the policy contains the demo's names only. On a server that others use too, one of their patterns would be
 * purged.
 */
const isAsShipped = ({ categories, reports }: RetentionPolicy): boolean =>
  reports.index.startsWith('retention-') &&
  categories.size === SEEDED_CATEGORIES.length + 1 &&
  isErasedWithinSevenDays(categories.get(CONFIGURATION.id)) &&
  SEEDED_CATEGORIES.every(({ id }) => isKeptForFourteenDays(categories.get(id))) &&
  [...categories.values()].every(({ indices }) => indices.every((pattern) => /^trtc-[^*]+-\*$/.test(pattern)));

/**
 * Makes a copy of the repository's policy with `mode: enforce`.
 * @throws Error if its categories, patterns or rules are not the shipped ones.
 */
export const enforcedPolicy = (): DemoPolicy => {
  const text = readFileSync(SHIPPED, 'utf8').replace(/^mode: observe$/m, 'mode: enforce');
  const policy = parseRetentionPolicy(text, 'retention-policy.yml');
  if (isAsShipped(policy) && policy.mode === 'enforce') return { text, policy };
  throw new Error(
    'The demo expects the shipped retention-policy.yml: seven categories in indices called trtc-…, six of them kept for 14 days, one erased between 3 and 7 days after the end of an account. It found another policy. Run the demo in a checkout with the shipped file.',
  );
};

/** The server of the demo, the enforced policy, and the indices to remove at the end. */
export interface DemoEnvironment {
  readonly client: Client;
  readonly policy: RetentionPolicy;
  /** The server's address without a password. */
  readonly url: string;
  /** The demo's files, in a folder that only this user can read. */
  readonly files: Files & { readonly publicKey: string; readonly receipt: string; readonly shell: string };
  /** Concrete indices to remove; add a name before creating it. */
  readonly created: Set<string>;
  /** Removes everything that the demo made, and stops a server of its own. */
  readonly close: () => Promise<void>;
}

interface Access extends ServedCluster {
  readonly revoke: () => Promise<unknown>;
}

/** The functions log in with API keys only. So a named server with a user in its address gets a key for one day. */
const accessTo = async (named: string): Promise<Access> => {
  const url = new URL(named);
  const isAnonymous = url.username === '';
  url.username = '';
  url.password = '';
  const bare = url.href.replace(/\/$/, '');
  if (isAnonymous) return { url: bare, revoke: async () => undefined };
  const owner = createClient({ url: named });
  const { id, encoded } = await owner.security.createApiKey({ name: 'es-retention-demo', expiration: '1d' });
  const revoke = async (): Promise<void> => {
    await owner.security.invalidateApiKey({ ids: [id] });
    await owner.close();
  };
  return { url: bare, apiKey: encoded, revoke };
};

const filesIn = (folder: string): DemoEnvironment['files'] => ({
  policy: join(folder, 'retention-policy.yml'),
  keys: join(folder, 'keys.json'),
  archive: join(folder, 'archive'),
  publicKey: join(folder, 'issuer.pem'),
  receipt: join(folder, 'receipt.jws'),
  shell: join(folder, 'environment.sh'),
});

/** A request line may have 4,096 bytes, so only a few names fit into one. */
const NAMES_AT_ONCE = 40;

/** Removes indices, and the templates of those that are es-retention's own. */
const removeAll = async (client: Client, names: readonly string[]): Promise<void> => {
  for (let at = 0; at < names.length; at += NAMES_AT_ONCE)
    await client.indices.delete({ index: names.slice(at, at + NAMES_AT_ONCE), ignore_unavailable: true });
  const { index_templates: templates } = await client.indices.getIndexTemplate();
  const ours = new Set(names.map(templateName));
  for (const { name } of templates) if (ours.has(name)) await client.indices.deleteIndexTemplate({ name });
};

/** Sets up the demo on a server without indices of ours. */
export const openDemoEnvironment = async (
  server: TestServer,
  { text, policy }: DemoPolicy,
): Promise<DemoEnvironment> => {
  const access = await accessTo(server.url);
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-demo-'));
  const files = filesIn(folder);
  writeFileSync(files.policy, text);
  await createKeyRingFile(files.keys, Date.now());
  writeFileSync(files.publicKey, publicKeyOf(files.keys).key.export({ type: 'spki', format: 'pem' }));
  pointFunctionsAt(access, files);

  const client = createClient(access);
  const created = new Set([...policy.categories.keys()].flatMap((id) => Object.values(ownIndices(policy, id))));
  const close = async (): Promise<void> => {
    rmSync(folder, { recursive: true, force: true });
    try {
      if (!server.embedded) await removeAll(client, [...created]);
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
  return { client, policy, url: access.url, files, created, close };
};
