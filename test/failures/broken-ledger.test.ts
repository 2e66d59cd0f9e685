import type { Client } from '@elastic/elasticsearch';
import { beforeEach, expect, test } from 'vitest';
import { ownIndices } from '../../lib/policy/own-indices.ts';
import { daysAgo, purgeFixture } from '../support/purge/purge-fixture.ts';
import { takeNothingOver } from '../support/server/reused-names.ts';

beforeEach(takeNothingOver);

const BROKEN: readonly (readonly [string, (client: Client, ledger: string) => Promise<unknown>])[] = [
  ['closed', (client, index) => client.indices.close({ index })],
  ['altered', (client, index) => client.indices.putMapping({ index, runtime: { category: { type: 'keyword' } } })],
  ['blocked for reads', (client, index) => client.indices.addBlock({ index, block: 'read' })],
];

test.each(BROKEN)(
  'the age rule still deletes while the ledger is %s, and the run reports the ledger',
  async (_, breakIt) => {
    const fixture = purgeFixture({ ownLedger: true });
    const { client, policy, category, createIndex, left } = fixture;
    const index = await createIndex('aged', { old: { '@timestamp': daysAgo(20) }, live: { '@timestamp': daysAgo(1) } });
    const { ledger } = ownIndices(policy, category.id);
    await client.indices.create({
      index: ledger,
      mappings: { dynamic: 'strict', properties: { category: { type: 'keyword' }, state: { type: 'keyword' } } },
    });
    await breakIt(client, ledger);
    const report = await fixture.runPurge();
    expect(report).toMatchObject({ outcome: 'incomplete', documentsRemoved: 1 });
    expect(report.findings.map(({ code }) => code)).toEqual(['ledger-not-examined']);
    expect(await left(index)).toEqual(['live']);
  },
);
