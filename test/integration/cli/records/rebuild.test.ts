import { readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { sendAsYaml } from '../../../support/documents/send-as-yaml.ts';
import { takeNothingOver } from '../../../support/server/reused-names.ts';
import { type ErasureCliFixture, erasureCliFixture, GONE } from '../erasure-command-line.ts';

beforeEach(takeNothingOver);

const OWED = /^Owed: 1 erasure/;

/** A ledger that owes one erasure, and the copy of it that a rebuild leaves when it dies. */
const withCopy = async () => {
  const fixture = await erasureCliFixture();
  const { client, names, tell } = fixture;
  await fixture.seed();
  await tell('feature-terminated', { uin: GONE }, 4);
  const copy = `${names.ledger}.copy`;
  await client.indices.refresh({ index: names.ledger });
  await client.reindex({ source: { index: names.ledger }, dest: { index: copy }, refresh: true });
  return { ...fixture, copy };
};

const rebuild = ({ run, names }: ErasureCliFixture) => run(['setup', '--rebuild', names.ledger]);

test('a rebuild stops if index and copy contain different versions of an entry, and the fix works', async () => {
  const fixture = await withCopy();
  const { client, names, copy, run } = fixture;
  const { hits } = await client.search({ index: copy });
  const id = hits.hits[0]?._id ?? '';
  // The copy knows who came back; the index has the termination only.
  await client.update({ index: copy, id, doc: { state: 'cancelled', reinstatedAt: 1 }, refresh: true });
  const { code, stderr } = await rebuild(fixture);
  expect([code, stderr]).toEqual([2, expect.stringContaining('cannot-rebuild')]);
  expect(stderr).toContain(`1 that differ: ${id}`);
  expect((await client.get<{ state: string }>({ index: copy, id }))._source?.state).toBe('cancelled');
  expect((await client.count({ index: names.ledger })).count).toBe(1);
  // Nobody works with it before it is clear who is owed.
  expect((await run(['status'])).stdout).toContain('it is being made anew');

  // The fix works.
  await client.delete({ index: names.ledger, id, refresh: true });
  expect((await rebuild(fixture)).stdout).toContain('1 documents copied');
  // That it was edited by hand here, its events tell.
  expect((await run(['status'])).stdout).toMatch(
    /^Owed: unknown · not kept: 1 entry of the ledger not believed\n.*cancelled 1 /s,
  );
  expect(await client.indices.exists({ index: copy })).toBe(false);
});

test('a second rebuild keeps the documents in the copy of the first', async () => {
  const fixture = await withCopy();
  const { client, names, run } = fixture;
  await client.indices.delete({ index: names.ledger });
  await client.indices.create({
    index: names.ledger,
    mappings: { runtime: { category: { type: 'keyword' } } },
  });
  expect((await rebuild(fixture)).stdout).toContain('1 documents copied');
  expect((await run(['status'])).stdout).toMatch(OWED);
});

test('a rebuild combines the documents of index and copy', async () => {
  const fixture = await withCopy();
  const { client, names, tell, copy, run } = fixture;
  await client.deleteByQuery({ index: names.ledger, query: { match_all: {} }, refresh: true });
  await tell('feature-terminated', { uin: '77' }, 4);
  await client.indices.putSettings({ index: names.ledger, settings: { 'index.default_pipeline': 'nobody-s' } });
  await rebuild(fixture);
  expect((await run(['status'])).stdout).toMatch(/^Owed: 2 erasures/);
  expect(await client.indices.exists({ index: copy })).toBe(false);
});

test('if only the copy exists, the index is neither created nor called empty', async () => {
  const fixture = await withCopy();
  const { client, names, run } = fixture;
  await client.indices.delete({ index: names.ledger });
  for (const args of [['status'], ['purge', '--execute'], ['terminate', '--uin', '1'], ['verify']]) {
    const { code, stdout, stderr } = await run(args);
    expect(stdout + stderr).toContain(`node bin/es-retention.mjs setup --rebuild ${names.ledger}`);
    expect(stdout).not.toMatch(/Owed: nothing|Kept: 1 of 1/);
    expect(code).toBe(2);
  }
  const { code, stdout } = await run(['setup']);
  expect([code, stdout]).toEqual([3, expect.stringContaining('a rebuild is at work, or was broken off')]);
  expect(await client.indices.exists({ index: names.ledger })).toBe(false);
  expect((await rebuild(fixture)).stdout).toContain('1 documents copied');
  expect((await run(['status'])).stdout).toMatch(OWED);
});

test('the error about an own index without _source says what is lost, and the fix works', async () => {
  const fixture = await erasureCliFixture();
  const { client, names, run, seed, tell } = fixture;
  await seed();
  await tell('feature-terminated', { uin: GONE }, 4);
  await client.indices.putMapping({ index: names.ledger, _source: { enabled: false } });
  const lost = /cannot be set back.*snapshot.*replay/s;
  const status = await run(['status']);
  expect(status.stdout + status.stderr).toMatch(lost);
  expect(status.stdout + status.stderr).not.toContain('--rebuild');
  const { code, stderr } = await rebuild(fixture);
  expect([code, stderr]).toEqual([2, expect.stringMatching(lost)]);
  await client.indices.delete({ index: names.ledger });
  await run(['setup']);
  await run(['replay']);
  expect((await run(['status'])).stdout).toMatch(OWED);
});

test('the request in the message removes a foreign _meta value from an own index', async () => {
  const { client, names, run, seed, tell } = await erasureCliFixture();
  await seed();
  await tell('feature-terminated', { uin: GONE }, 4);
  await client.indices.putMapping({ index: names.ledger, _meta: { managedBy: 'es-retention', version: 1, more: 'x' } });
  const { stdout, stderr } = await run(['status']);
  const [, body = ''] = /PUT \/\S+\/_mapping\s+(\{[^}]*\}\s*\})/.exec(stdout + stderr) ?? [];
  await client.indices.putMapping({ index: names.ledger, ...JSON.parse(body) });
  expect((await run(['status'])).stdout).toMatch(OWED);
});

test('a rebuild stops at unprintable documents, and works once they are deleted', async () => {
  const fixture = await erasureCliFixture();
  const { client, names, tell, run } = fixture;
  await fixture.seed();
  await tell('feature-terminated', { uin: GONE }, 4);
  await sendAsYaml(client, names.ledger, 'odd', { state: 'pending' });
  await client.indices.putMapping({ index: names.ledger, runtime: { category: { type: 'keyword' } } });
  const { code, stderr } = await rebuild(fixture);
  expect([code, stderr]).toEqual([2, expect.stringContaining('1 that Elasticsearch stored and cannot print: odd')]);
  expect(stderr).toContain(`DELETE /${names.ledger}/_doc/<id>`);
  await client.delete({ index: names.ledger, id: 'odd', refresh: true });
  expect((await rebuild(fixture)).stdout).toContain('1 documents copied');
  expect((await run(['status'])).stdout).toMatch(OWED);
});

test('nothing is purged while the holds are only in the copy of a rebuild', async () => {
  const fixture = await erasureCliFixture();
  const { client, consoleCategory, names, policyFile, run } = fixture;
  const index = await fixture.seed();
  const details = ['--reason', 'case 1', '--by', 'somebody', '--review-at', '2099-01-01'];
  expect(await run(['hold', '--uin', GONE, ...details])).toMatchObject({ code: 0 });
  // As a rebuild leaves it that dies after it has deleted the index.
  const copy = `${names.controls}.copy`;
  await client.indices.refresh({ index: names.controls });
  await client.reindex({ source: { index: names.controls }, dest: { index: copy }, refresh: true });
  await client.indices.delete({ index: names.controls });
  const newName = `new-${consoleCategory.id}`;
  writeFileSync(policyFile, readFileSync(policyFile, 'utf8').replaceAll(consoleCategory.id, newName));
  const setUp = await run(['setup']);
  expect(setUp).toMatchObject({ code: 2, stderr: expect.stringContaining(`setup --rebuild ${names.controls} `) });
  const erase = async () => {
    await run(['terminate', '--uin', GONE, '--account-deleted', '--at', isoInstant(Date.now() - 8 * DAY)]);
    await run(['purge', '--execute', '--yes']);
    return fixture.left(index);
  };
  expect(await erase()).toContain('gone-1');
  // The fix works.
  expect(await run(['setup', '--rebuild', names.controls])).toMatchObject({ code: 0 });
  expect((await run(['holds'])).stdout).toContain('all 2 categories');
  expect(await erase()).toContain('gone-1');
});
