import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import { expect, onTestFinished } from 'vitest';
import { cli } from '../integration/cli/command-line.ts';
import { EXAMPLE_POLICY } from '../support/policy/example-policy.ts';
import { namesOfOthers } from '../support/server/names-of-others.ts';
import { renew, returnId, takeId } from '../support/server/reused-names.ts';
import type { Request, SafeguardCase, Step } from './safeguard-case.ts';

const everyIndex = { expand_wildcards: 'all', allow_no_indices: true } as const;

/** Names of the example policy in the text of a case. Each becomes a name that only this case has. */
const nameIn = (text: string, id: string): string =>
  text.replaceAll(/\b(?:trtc|reindexed)-/g, (prefix) => `${id}-${prefix}`);

/** The same in everything that a case sends to the server. */
const namedIn = <Sent>(sent: Sent, id: string): Sent => JSON.parse(nameIn(JSON.stringify(sent), id)) as Sent;

const bulk = async (client: Client, name: string, operations: readonly object[]): Promise<void> => {
  const { errors, items } = await client.bulk({ index: name, operations: [...operations], refresh: true });
  if (errors) throw new Error(JSON.stringify(items.find((item) => item.create?.error)));
};

const fill = async (client: Client, { indices = {}, setup = [] }: SafeguardCase, id: string): Promise<void> => {
  for (const [name, { mappings, settings, documents = {}, many = [] }] of Object.entries(indices)) {
    const index = nameIn(name, id);
    await client.indices.create({
      index,
      settings: { number_of_replicas: 0, ...settings },
      ...(mappings && { mappings }),
    });
    const operations = Object.entries(documents).flatMap(([_id, document]) => [{ create: { _id } }, document]);
    if (operations.length > 0) await bulk(client, index, operations);
    for (const [count, document] of many)
      for (let at = 0; at < count; at += 5_000)
        await bulk(
          client,
          index,
          Array.from({ length: Math.min(5_000, count - at) }, () => [{ create: {} }, document]).flat(),
        );
  }
  for (const request of setup) await send(client, request, id);
};

const send = async (client: Client, request: Request, id: string): Promise<void> => {
  const [method, path, body] = namedIn(request, id);
  await client.transport.request({ method, path, ...(body && { body }) });
};

/**
 * The example policy, enforcing and without its brake, for names that only this case has, with the edits of the case.
 */
const policyText = (edits: readonly (readonly [string, string])[], id: string): string => {
  const own = [
    ['mode: observe', `mode: enforce\nindexPrefix: retention-${id}-`],
    ['index: retention-reports', `index: retention-${id}-reports`],
    ['ignoredIndices: []', `ignoredIndices: ${JSON.stringify(namesOfOthers(id))}`],
    ['maxShare: 0.5', 'maxShare: 1'],
  ] as const;
  const text = [...own, ...edits].reduce((changed, [find, replacement]) => {
    if (!changed.includes(find)) throw new Error(`the policy has no "${find}"`);
    return changed.replaceAll(find, replacement);
  }, EXAMPLE_POLICY);
  return nameIn(text, id);
};

const idsIn = async (client: Client, pattern: string): Promise<readonly string[]> => {
  const which = { index: pattern, ignore_unavailable: true, ...everyIndex };
  await client.indices.refresh(which);
  const { hits } = await client.search({ ...which, size: 1_000, _source: false });
  return hits.hits.map(({ _id }) => _id ?? '').sort();
};

const afterStep = async (client: Client, { afterwards = [], deleteAfterwards }: Step, id: string): Promise<void> => {
  for (const request of afterwards) await send(client, request, id);
  if (deleteAfterwards === undefined) return;
  const own = await client.indices.get({ index: `retention-${id}-*`, ...everyIndex, features: ['aliases'] });
  const matching = Object.keys(own).filter((name) => deleteAfterwards.test(name));
  expect(matching, `indices that match ${deleteAfterwards}`).not.toEqual([]);
  for (const name of matching) await client.indices.delete({ index: name });
};

const KIND = 'a case';

/** Names of the case's own on the server, and what is to be removed after it. */
const takeNames = (client: Client): string => {
  const id = takeId(KIND);
  onTestFinished(async () => {
    const found = await client.indices.get({ index: `${id}-*`, ...everyIndex, features: ['aliases'] });
    await renew(client, id, Object.keys(found));
    returnId(KIND, id);
  });
  return id;
};

/** Runs one case, whose policy ignores all other indices of the server, and checks all that it states. */
export const runCase = async (client: Client, url: string, safeguard: SafeguardCase): Promise<void> => {
  const id = takeNames(client);
  await fill(client, safeguard, id);
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
    writeFileSync(environment.RETENTION_POLICY, policyText(edits, id));
    const args = step.run.map((arg) => arg.replace('$dir', folder));
    const { code, stdout, stderr } = await cli(args, { ...environment, ...step.environment });
    const said = `$ es-retention ${step.run.join(' ')} → ${code}\n${stdout}${stderr}`;
    expect(step.exit ?? [0], said).toContain(code);
    if (step.says) expect(said).toMatch(step.says);
    if (step.never) expect(stdout + stderr).not.toMatch(step.never);
    await afterStep(client, step, id);
  }
  for (const [pattern, ids] of Object.entries(safeguard.left ?? {}))
    expect(await idsIn(client, nameIn(pattern, id)), pattern).toEqual([...ids].sort());
  for (const [path, pattern] of Object.entries(safeguard.after ?? {}))
    expect(JSON.stringify(await client.transport.request({ method: 'GET', path: nameIn(path, id) })), path).toMatch(
      pattern,
    );
};
