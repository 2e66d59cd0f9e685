import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import { expect, onTestFinished } from 'vitest';
import { cli } from '../integration/cli/command-line.ts';
import { EXAMPLE_POLICY } from '../support/example-policy.ts';
import type { SafeguardCase, Step } from './safeguard-case.ts';

const everyIndex = { expand_wildcards: 'all', allow_no_indices: true } as const;

/** Deletes every index, whatever blocks it. The server must be a throw-away one. */
const wipe = async (client: Client): Promise<void> => {
  const names = Object.keys(await client.indices.get({ index: '*', ...everyIndex, features: ['aliases'] }));
  for (const name of names.filter((each) => !each.startsWith('.'))) {
    const blocks = { 'index.blocks.metadata': null, 'index.blocks.read_only': null } as object;
    await client.indices.putSettings({ index: name, settings: blocks });
    await client.indices.delete({ index: name });
  }
};

const bulk = async (client: Client, name: string, operations: readonly object[]): Promise<void> => {
  const { errors, items } = await client.bulk({ index: name, operations: [...operations], refresh: true });
  if (errors) throw new Error(JSON.stringify(items.find((item) => item.create?.error)));
};

const fill = async (client: Client, { indices = {}, setup = [] }: SafeguardCase): Promise<void> => {
  for (const [name, { mappings, settings, documents = {}, many = [] }] of Object.entries(indices)) {
    await client.indices.create({
      index: name,
      settings: { number_of_replicas: 0, ...settings },
      ...(mappings && { mappings }),
    });
    const operations = Object.entries(documents).flatMap(([_id, document]) => [{ create: { _id } }, document]);
    if (operations.length > 0) await bulk(client, name, operations);
    for (const [count, document] of many)
      for (let at = 0; at < count; at += 5_000)
        await bulk(
          client,
          name,
          Array.from({ length: Math.min(5_000, count - at) }, () => [{ create: {} }, document]).flat(),
        );
  }
  for (const [method, path, body] of setup) await client.transport.request({ method, path, ...(body && { body }) });
};

/** The example policy, enforcing and without its brake, with the edits of a case. */
const policyText = (edits: readonly (readonly [string, string])[]): string =>
  [['mode: observe', 'mode: enforce'] as const, ['maxShare: 0.5', 'maxShare: 1'] as const, ...edits].reduce(
    (text, [find, replacement]) => {
      if (!text.includes(find)) throw new Error(`the policy has no "${find}"`);
      return text.replaceAll(find, replacement);
    },
    EXAMPLE_POLICY,
  );

const idsIn = async (client: Client, pattern: string): Promise<readonly string[]> => {
  const which = { index: pattern, ignore_unavailable: true, ...everyIndex };
  await client.indices.refresh(which);
  const { hits } = await client.search({ ...which, size: 1_000, _source: false });
  return hits.hits.map(({ _id }) => _id ?? '').sort();
};

const afterStep = async (client: Client, { afterwards = [], deleteAfterwards }: Step): Promise<void> => {
  for (const [method, path, body] of afterwards)
    await client.transport.request({ method, path, ...(body && { body }) });
  if (deleteAfterwards === undefined) return;
  const names = Object.keys(await client.indices.get({ index: '*', ...everyIndex, features: ['aliases'] }));
  const matching = names.filter((name) => deleteAfterwards.test(name));
  expect(matching, `indices that match ${deleteAfterwards}`).not.toEqual([]);
  for (const name of matching) await client.indices.delete({ index: name });
};

/**
 * Runs one case on a server that holds nothing else, and checks everything it says.
 * @param url address of a throw-away server: every index on it is deleted first.
 */
export const runCase = async (client: Client, url: string, safeguard: SafeguardCase): Promise<void> => {
  await wipe(client);
  await fill(client, safeguard);
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-case-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'archive'));
  for (const [name, text] of Object.entries(safeguard.files ?? {})) writeFileSync(join(folder, name), text);
  const environment = {
    ELASTICSEARCH_URL: url,
    RETENTION_POLICY: join(folder, 'retention-policy.yml'),
    RETENTION_KEYS: join(folder, 'keys.json'),
    RETENTION_ARCHIVE: join(folder, 'archive'),
    NO_COLOR: '1',
  };
  await cli(['keys', 'generate', environment.RETENTION_KEYS], environment);

  const edits = [...(safeguard.policy ?? [])];
  for (const step of safeguard.steps) {
    edits.push(...(step.policy ?? []));
    writeFileSync(environment.RETENTION_POLICY, policyText(edits));
    const args = step.run.map((arg) => arg.replace('$dir', folder));
    const { code, stdout, stderr } = await cli(args, { ...environment, ...step.environment });
    const said = `$ es-retention ${step.run.join(' ')} → ${code}\n${stdout}${stderr}`;
    expect(step.exit ?? [0], said).toContain(code);
    if (step.says) expect(said).toMatch(step.says);
    if (step.never) expect(stdout + stderr).not.toMatch(step.never);
    await afterStep(client, step);
  }
  for (const [pattern, ids] of Object.entries(safeguard.left ?? {}))
    expect(await idsIn(client, pattern), pattern).toEqual([...ids].sort());
  for (const [path, pattern] of Object.entries(safeguard.after ?? {}))
    expect(JSON.stringify(await client.transport.request({ method: 'GET', path })), path).toMatch(pattern);
};
