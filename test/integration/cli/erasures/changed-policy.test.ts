import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { openingOf } from '../../../../lib/erasure/ledger/sealed-opening.ts';
import { changed, terminated } from '../../../support/command-line/erasure-cli-cases.ts';
import { ringOf } from '../../../support/erasure/key-ring-text.ts';
import { erasureCliFixture, GONE } from '../erasure-command-line.ts';

const RENAMED = ['its category is renamed', /"console-/, '"renamed-'] as const;

test('a termination of one application can be cancelled after its category is renamed', async () => {
  const { fixture, index, of, run, left } = await terminated(await erasureCliFixture(), 'feature-terminated', '1');
  const now = changed(fixture, RENAMED[1], RENAMED[2]);
  const status = await run(['status', ...of], now);
  expect(status.stdout).toMatch(/^Owed: 1 erasure/);
  expect(status.code).toBe(3);
  expect((await run(['verify'], now)).code).toBe(3);

  const { stdout, code } = await run(['reinstate', ...of], now);
  expect(stdout).toMatch(/^Recorded: account-reinstated · cancelled 1 erasure/);
  expect(stdout).not.toContain('Still owed');
  expect(code).toBe(0);
  // A category of another name has a log of its own, to which the archive tells what was heard before.
  await run(['replay'], now);
  expect((await run(['status', ...of], now)).stdout).toMatch(/^Owed: nothing/);
  await run(['purge', '--execute', '--allow-empty'], now);
  // Also under the policy that it was ended by, and whatever is replayed.
  await run(['purge', '--execute']);
  await run(['replay']);
  await run(['purge', '--execute']);
  expect(await left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
  expect((await run(['verify'])).stdout).toMatch(/^Kept: 1 of 1/);
});

test('a run that only observes seals an opening of an earlier version', async () => {
  const { fixture, run, client, names, keys } = await terminated(await erasureCliFixture(), 'account-deleted');
  await run(['purge', '--execute']);
  const entry = async (): Promise<LedgerEntry> => {
    await client.indices.refresh({ index: names.ledger });
    const { hits } = await client.search<LedgerEntry>({ index: names.ledger, query: { term: { state: 'erased' } } });
    return hits.hits[0]?._source as LedgerEntry;
  };
  const closed = await entry();
  const openings = ({ closures }: LedgerEntry) =>
    closures.map((closure) => openingOf(closed, closure, ringOf(JSON.parse(readFileSync(keys, 'utf8')))));
  const plain = openings(closed);
  const closures = closed.closures.map((closure, at) => ({ ...closure, opening: plain[at] }));
  await client.update({ index: names.ledger, id: closed.id, doc: { closures, sealed: false } });

  const now = changed(fixture, '"mode":"enforce"', '"mode":"observe"');
  await run(['purge', '--allow-empty'], now);
  expect((await entry()).closures).toEqual(closures);
  await run(['purge', '--execute', '--allow-empty'], now);
  const sealed = await entry();
  expect(openings(sealed)).toEqual(plain);
  expect(JSON.stringify(sealed)).not.toContain(plain[0]);
  // The next runs leave it as it is, and prove nothing of what it says.
  expect({ ...sealed, closures: [] }).toEqual({ ...closed, closures: [] });
});

test('an erasure overdue under an earlier indexPrefix is reported until a replay', async () => {
  const fixture = await erasureCliFixture();
  const { run, seed, tell, left, id, names, client } = fixture;
  const index = await seed();
  await tell('account-deleted', { uin: GONE }, 8);
  const now = changed(fixture, `"indexPrefix":"retention-${id}-"`, `"indexPrefix":"retention-${id}-other-"`);
  for (const archive of [{ RETENTION_ARCHIVE: '' }, {}])
    for (const command of [['verify'], ['status'], ['purge', '--execute'], ['housekeeping', '--dry-run']]) {
      const { code, stdout } = await run(command, { ...now, ...archive });
      expect([command, code, stdout]).toEqual([
        command,
        3,
        expect.stringContaining(`${names.ledger}: 1 past the deadline`),
      ]);
    }
  expect(await left(index)).toEqual(['gone-1', 'gone-2', 'stays']);

  await run(['replay'], now);
  expect((await run(['status'], now)).stdout).toContain('pending, overdue');
  await client.indices.delete({ index: names.ledger });
  await run(['purge', '--execute'], now);
  expect(await left(index)).toEqual(['stays']);
  expect((await run(['verify'], now)).stdout).toMatch(/^Kept: 1 of 1/);
});
