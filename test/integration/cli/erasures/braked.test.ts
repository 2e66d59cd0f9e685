import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { brakedIn, json } from '../../../support/command-line/erasure-cli-cases.ts';
import { LAUNCHER, start } from '../command-line.ts';
import { configuration, erasureCliFixture, GONE } from '../erasure-command-line.ts';

test('a braked erasure is listed and reported, and is carried out after a confirmation', async () => {
  const { run, left, index, request, consoleCategory } = await brakedIn(
    await erasureCliFixture(false, { minAccounts: 0 }),
  );
  const list = await run(['braked']);
  expect(list.code).toBe(3);
  expect(list.stdout).toMatch(/^Braked: 1 erasure\n/);
  expect(list.stdout).toMatch(/account-deleted +guard\.maxAccountShare +webhook +/);
  expect(list.stdout).toContain(request);
  expect(list.stdout).not.toContain(GONE);
  expect((await json(run, ['braked'])).said).toMatchObject({
    total: 1,
    categories: [
      { category: consoleCategory.id, braked: [{ state: 'braked', sources: ['webhook'], requestIds: [request] }] },
    ],
  });

  const status = await run(['status']);
  expect(status.stdout).toMatch(/^Owed: 1 erasure · 1 braked · nearest deadline/);
  expect(status.code).toBe(3);
  const verify = await run(['verify']);
  expect(verify.stdout).toContain('1 erasure braked');
  expect(verify.code).toBe(3);

  const other = await json(run, ['confirm', '--request', 'msg_other', '--yes']);
  expect([other.code, other.said.done]).toEqual([3, 0]);
  const confirmed = await run(['confirm', '--request', request, '--source', 'webhook', '--yes']);
  expect([confirmed.code, confirmed.stdout.split('\n')[0]]).toEqual([0, 'Confirmed: 1 erasure']);
  expect((await run(['braked'])).stdout).toMatch(/^Braked: nothing\n/);
  await run(['purge', '--execute']);
  expect(await left(index)).toEqual(['stays']);
  expect((await run(['purge', '--execute'])).code).toBe(0);
});

test('braked and confirm name a category that does not answer, and process the others', async () => {
  const { run, tell, createIndex, client, rooms } = await erasureCliFixture(true, { minAccounts: 0 });
  await createIndex('1', { gone: configuration(GONE, '1'), stays: configuration('1', '1') });
  await tell('account-deleted', { uin: GONE }, 4, { source: 'webhook', arrivedAt: Date.now() });
  await run(['purge', '--execute']);
  await client.indices.close({ index: rooms.ledger });
  const list = await json(run, ['braked']);
  expect(list.said).toMatchObject({ total: 1, notExamined: [{ category: rooms.id }] });
  expect(list.code).not.toBe(0);
  const confirmed = await json(run, ['confirm', '--all', '--yes']);
  expect(confirmed.said).toMatchObject({ done: 1, left: 0, notExamined: [{ category: rooms.id }] });
  expect(confirmed.code).not.toBe(0);
});

const SCRIPT = 'script';
const hasPseudoTerminal =
  spawnSync(SCRIPT, ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false;

describe.runIf(hasPseudoTerminal)('on a terminal', () => {
  test.each([
    ['yes confirms', 'y\n', 0, 'Confirmed: 1 erasure'],
    ['no changes nothing', 'n\n', 3, 'Nothing recorded'],
  ])('confirm asks once, and %s', async (_, typed, code, said) => {
    const { environment } = await brakedIn(await erasureCliFixture(false, { minAccounts: 0 }));
    const words = [process.execPath, LAUNCHER, 'confirm', '--all'].map((word) => `'${word}'`).join(' ');
    const atWork = start(SCRIPT, ['-q', '-e', '-c', `stty cols 200 && exec ${words}`, '/dev/null'], {
      TERM: 'xterm',
      NO_COLOR: '1',
      ...environment,
    });
    await atWork.wrote('Confirm 1 erasure? (y/N)');
    atWork.type(typed);
    const ended = await atWork.ended;
    expect(ended.stdout).toContain(said);
    expect(ended.code).toBe(code);
  });
});
