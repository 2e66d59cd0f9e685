import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventId } from '../../../../lib/erasure/events/event-id.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import {
  configuration,
  daysAgo,
  type ErasureCliFixture,
  erasureCliFixture,
  GONE,
  STAYS,
} from '../erasure-command-line.ts';

/** As a snapshot from before the termination would restore it: an old ledger, and the documents. */
const restore = async (
  { client, consoleCategory, names, id, add }: ErasureCliFixture,
  index: string,
): Promise<void> => {
  const forget = (ledger: string, query: object) =>
    client.deleteByQuery({ index: ledger, query, refresh: true, conflicts: 'proceed' });
  await client.indices.refresh({ index: [names.ledger, names.events] });
  await forget(names.ledger, { term: { category: consoleCategory.id } });
  await forget(names.events, { prefix: { requestId: `msg_${id}_` } });
  await add(index, { 'gone-1': configuration(GONE, '1') });
};

test('an erased account that a restore brought back is erased after a replay', async () => {
  const fixture = await erasureCliFixture();
  const { seed, run, tell, left } = fixture;
  const index = await seed();
  await tell('feature-terminated', { uin: GONE }, 4);
  expect((await run(['purge', '--execute'])).code).toBe(0);
  expect(await left(index)).toEqual(['stays']);
  await restore(fixture, index);
  expect((await run(['purge', '--execute'])).stdout).toMatch(/^Kept: 0 of 1 · .* 1 event known to the archive only · /);

  const { code, stdout } = await run(['replay', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    command: 'replay',
    summary: 'Replayed: 1 event · 1 that the ledger had forgotten · 1 erasure owed',
    exitCode: 0,
    events: 1,
    recorded: 1,
    unreadable: 0,
    owed: 1,
  });
  expect(code).toBe(0);
  expect((await run(['purge', '--execute'])).stdout).toMatch(/^Kept: 1 of 1 · purged: 1 document/);
  expect(await left(index)).toEqual(['stays']);

  // The receipt of the first time outlived the ledger that held what opens it: it is shown without a wrong one.
  const receipt = await run(['receipt', '--uin', GONE, '--json']);
  expect(JSON.parse(receipt.stdout).receipts).toMatchObject([{ opening: null }]);
});

test('replay names the copies that its keys cannot open, and ends with exit code 3', async () => {
  const [own, other] = [await erasureCliFixture(), await erasureCliFixture()];
  await own.tell('feature-terminated', { uin: GONE }, 4);
  const { code, stdout } = await own.run(['replay'], { RETENTION_KEYS: other.keys });
  expect(stdout).toMatch(/^Replayed: 1 event · 0 that .* · 0 erasures owed · 1 unreadable\n/);
  expect(stdout).toContain('Use the key ring of the newest rotation');
  expect(code).toBe(3);
});

test('replay reports a lost copy, and records terminations only with --despite-missing', async () => {
  const fixture = await erasureCliFixture();
  const { seed, run, tell, archive } = fixture;
  const index = await seed();
  await tell('feature-terminated', { uin: GONE }, 4);
  await tell('feature-terminated', { uin: STAYS }, 3);
  expect((await run(['purge'])).stdout).not.toContain('manifest-not-written');
  expect(readdirSync(join(archive, 'manifests'))).toHaveLength(1);
  const [lost = '', kept = ''] = readdirSync(join(archive, 'events'));
  rmSync(join(archive, 'events', lost));
  await restore(fixture, index);

  const held = await run(['replay']);
  expect(held.stdout).toMatch(/^Replayed: 1 event · 0 that .* · 1 without a copy · 1 termination held back\n/);
  expect(held.stdout).toContain(`events/${lost} is missing`);
  expect(held.stdout).not.toContain(kept);
  expect(held.code).toBe(3);

  const told = await run(['replay', '--despite-missing']);
  expect(told.stdout).toMatch(
    /^Replayed: 1 event · 1 that the ledger had forgotten · 1 erasure owed · 1 without a copy\n/,
  );
  expect(told.code).toBe(0);
});

test('a forged event about no account is reported with a working fix, and delays nothing', async () => {
  const fixture = await erasureCliFixture();
  const { seed, run, tell, client, names } = fixture;
  await seed();
  await tell('feature-terminated', { uin: GONE }, 4);
  await client.indices.refresh({ index: names.events });
  const { hits } = await client.search<{ kid: string }>({ index: names.events });
  const [at, heardAt] = [Date.parse(daysAgo(1)), daysAgo(0.01)];
  const planted = {
    type: 'account-deleted',
    immediate: false,
    kid: hits.hits[0]?._source?.kid ?? '',
    hash: 'nobody',
  } as const;
  const id = eventId(planted, { ...planted, at });
  const document = { ...planted, id, at: isoInstant(at), heardAt, requestId: 'x' };
  await client.create({ index: names.events, id, document, refresh: true });

  expect((await run(['purge'])).stdout).toContain(`1 without one, heard at ${heardAt}`);
  const { stdout } = await run(['verify']);
  expect(stdout).toContain(`contains, stored at ${heardAt}`);
  expect((await run(['replay'])).stdout).not.toContain('without a copy');
  expect(stdout).toContain(`DELETE /${names.events}/_doc/<id>`);
  const found = await client.search({ index: names.events, query: { term: { heardAt } } });
  expect(found.hits.hits.map((hit) => hit._id)).toEqual([id]);
  await client.delete({ index: names.events, id, refresh: true });

  await client.indices.delete({ index: names.ledger });
  const replayed = await run(['replay']);
  expect(replayed.stdout).toMatch(/^Replayed: 1 event · 1 that the ledger had forgotten · 1 erasure owed\n/);
  expect(replayed.code).toBe(0);
  expect((await run(['verify'])).stdout).not.toContain('contains, stored at');
});
