import { readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { MAX_HOLDS } from '../../../../lib/control/controls.ts';
import { issuedReceipt } from '../../../../lib/erasure/receipts/receipt.ts';
import { GONE, STAYS } from '../../../integration/cli/erasure-command-line.ts';
import { type ErasureCliInMemory, erasureCliInMemory } from '../../../support/in-memory/erasure-cli-in-memory.ts';
import { temporaryFile } from '../../../support/run/temporary-file.ts';

const REASON = 'because of case 4711';
const HOLD = ['--reason', REASON, '--by', 'A. Jurist', '--review-at', '2099-03-01'];

let service: ErasureCliInMemory;
let id: string;

beforeEach(async () => {
  service = await erasureCliInMemory(true);
  id = service.consoleCategory.id;
});

/** Runs a command, and returns its JSON. */
const answer = async (exitCode: number, ...args: readonly string[]) => {
  const { code, stdout, stderr } = await service.run([...args, '--json']);
  expect({ code, stdout, stderr }).toMatchObject({ code: exitCode });
  return JSON.parse(stdout);
};

const purge = () => service.run(['purge', '--execute', '--yes', '--allow-empty']);

describe('hold', () => {
  test('keeps the documents of an account, and all commands report it', async () => {
    const index = await service.seed();
    const { id: hold, categories } = await answer(0, 'hold', '--uin', GONE, ...HOLD);
    expect(categories).toEqual([id, service.roomsCategory]);
    const told = await service.run(['terminate', '--uin', GONE, '--account-deleted', '--at', daysBefore(8)]);
    expect(told.stdout).toMatch(/held in 2 categories/);
    expect(told.stdout).toContain(`under legal hold (${hold}): the erasure waits for the release`);
    const purged = await purge();
    expect(purged).toMatchObject({ code: 0 });
    expect(purged.stdout).toContain('erasures-held');
    expect(await service.left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
    const status = await answer(0, 'status');
    expect(status.categories[0]).toMatchObject({
      held: 1,
      overdue: 0,
      entries: [{ state: 'held', overdue: false, holds: [hold] }],
    });
    expect(await answer(0, 'verify')).toMatchObject({ controls: [{ holds: [hold], paused: null }, {}] });
    const all = [told.stdout, purged.stdout, JSON.stringify(service.entries())].join();
    expect(all).not.toContain(REASON);
  });

  test('keeps and reports whole indices in which no account can be found', async () => {
    const index = await service.seed();
    const { description } = service.cluster.existing(index);
    service.cluster.describe(index, { fields: new Map([...description.fields].filter(([name]) => name !== 'uin')) });
    const { keptWhole, summary } = await answer(3, 'hold', '--uin', '77', ...HOLD);
    expect({ keptWhole, summary }).toEqual({
      keptWhole: [{ category: id, indices: [index] }],
      summary: expect.stringContaining(`keeps whole indices in ${id}`),
    });
    const { stdout } = await service.run(['hold', '--uin', '77', ...HOLD]);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(`In ${id}, every document of 1 index (${index}) stays`);
    expect(await answer(0, 'hold', '--index', index, ...HOLD)).toMatchObject({ keptWhole: [] });
  });

  test('ends with its release: the next run erases, and the receipt names the hold', async () => {
    const index = await service.seed();
    const { id: hold } = await answer(0, 'hold', '--uin', GONE, ...HOLD);
    await service.tell('account-deleted', { uin: GONE }, 8);
    expect((await purge()).stdout).toContain('0 open, 1 held');
    expect((await service.run(['status'])).stdout).not.toContain('without a hold any more');
    expect(await answer(0, 'release', hold, '--by', 'B. Jurist')).toMatchObject({
      categories: [id, service.roomsCategory],
    });
    const called = 'called held, without a hold any more: the next run erases what is due';
    expect((await service.run(['status'])).stdout).toContain(called);
    expect(await purge()).toMatchObject({ code: 0 });
    expect(await service.left(index)).toEqual(['stays']);
    const [entry] = service.entries();
    expect(entry).toMatchObject({ state: 'erased', closures: [{ held: [{ hold, to: expect.any(Number) }] }] });
    const { receipts } = await answer(0, 'receipt', '--uin', GONE);
    const issued = receipts.map(({ jws }: { readonly jws: string }) => issuedReceipt(jws));
    expect(issued).toHaveLength(2);
    expect(issued[0].categories).toMatchObject([
      { holds: [{ id: hold, from: expect.any(String), to: expect.any(String) }] },
    ]);
    expect(JSON.stringify(issued)).not.toContain(REASON);
    expect(JSON.stringify(receipts)).not.toContain(REASON);
    for (const category of [id, service.roomsCategory]) {
      expect(service.controls.textOf(category)).toContain(hold);
      expect(service.controls.textOf(category)).not.toContain(GONE);
      expect(service.controls.textOf(category)).not.toContain(REASON);
    }
  });

  test.each([
    ['application', '2', ['gone-1', 'gone-2']],
    ['other application', '3', ['gone-1', 'gone-2']],
  ])('of one %s keeps the erasure of the whole account waiting', async (_, app, left) => {
    const index = await service.createIndex('1', {});
    await service.seed().catch(() => undefined);
    await service.add(index, {
      'gone-1': { '@timestamp': daysBefore(30), uin: GONE, sdkAppId: '1' },
      'gone-2': { '@timestamp': daysBefore(30), uin: GONE, sdkAppId: '2' },
    });
    await answer(0, 'hold', '--uin', GONE, '--app', app, ...HOLD);
    await service.tell('account-deleted', { uin: GONE }, 8);
    await purge();
    expect((await service.left(index))?.filter((each) => each.startsWith('gone'))).toEqual(left);
  });

  test('of an index does not stop the erasure in other indices, but keeps it open', async () => {
    const index = await service.seed();
    const other = await service.createIndex('12', {
      'gone-3': { '@timestamp': daysBefore(30), uin: GONE, sdkAppId: '1' },
    });
    const { id: hold, categories } = await answer(0, 'hold', '--index', index, ...HOLD);
    expect(categories).toEqual([id]);
    await service.tell('account-deleted', { uin: GONE }, 8);
    await purge();
    expect(await service.left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
    expect(await service.left(other)).toEqual([]);
    expect(service.entries()[0]).toMatchObject({ state: 'held', held: [{ hold }] });
    await answer(0, 'release', hold, '--by', 'b');
    await purge();
    await purge();
    expect(await service.left(index)).toEqual(['stays']);
    expect(service.entries()[0]).toMatchObject({ state: 'erased' });
  });

  test('reports a category that did not answer, and is completed by the same command', async () => {
    service.controls.unanswered = service.roomsCategory;
    const first = await answer(1, 'hold', '--uin', GONE, ...HOLD);
    expect(first).toMatchObject({ categories: [id], notHeld: [{ category: service.roomsCategory }] });
    service.controls.unanswered = false;
    const second = await answer(0, 'hold', '--uin', GONE, ...HOLD);
    expect(second).toMatchObject({ id: first.id, categories: [id, service.roomsCategory], notHeld: [] });
    expect((await answer(0, 'holds')).holds).toMatchObject([{ id: first.id, categories: [id, service.roomsCategory] }]);
    const third = await service.run(['hold', '--uin', GONE, ...HOLD]);
    expect(third).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Held before/) });
  });

  test('waits for a run that is destroying, and names the run if it does not end', async () => {
    const lease = await service.leases.acquire(id, 'run-1');
    await lease.beginDestroying({ made: 'm', revision: 0 });
    const still = await answer(3, 'hold', '--uin', GONE, '--wait', 'PT2S', ...HOLD);
    expect(still.stillDestroying).toMatchObject([{ category: id, kind: 'at-work', runId: 'run-1' }]);
    expect(still.categories).toContain(id);
    let looks = Number.NaN;
    const real = service.leases.destruction;
    Object.assign(service.leases, {
      destruction: async (category: string) => {
        looks += 1;
        if (looks === 4) await lease.endDestroying();
        return real(category);
      },
    });
    const waiting = [
      ['hold', '--uin', STAYS, ...HOLD],
      ['pause', '--reason', REASON],
    ];
    for (const command of waiting) {
      await lease.beginDestroying({ made: 'm', revision: 0 });
      looks = 0;
      expect(await answer(0, ...command)).toMatchObject({ stillDestroying: [] });
      expect(looks).toBeGreaterThanOrEqual(4);
      expect(await service.leases.destruction(id)).toBeUndefined();
    }
  });

  test('beyond the limit of a category is refused', async () => {
    const holds = Array.from({ length: MAX_HOLDS }, (_, at) => ({
      id: `hold_00000000-0000-4000-8000-${`${at}`.padStart(12, '0')}`,
      scope: 'account',
      uin: `${at}`,
      reason: 'r',
      by: 'b',
      placedAt: 1,
      reviewAt: 4e12,
    }));
    for (const category of [id, service.roomsCategory])
      service.controls.edit(category, { made: 'm', revision: 1, holds });
    const { stdout } = await service.run(['hold', '--uin', GONE, ...HOLD]);
    expect(stdout).toContain('too-many-holds');
  });

  test.each([
    ['nothing to hold', [], 'bad-hold'],
    ['two things to hold', ['--uin', GONE, '--index', 'x'], 'bad-hold'],
    ['an index that no category reaches', ['--index', 'other'], 'bad-hold'],
    ['an application without its account', ['--app', '1'], 'app-without-uin'],
    ['a bad duration', ['--uin', GONE, '--wait', '90'], 'bad-control'],
  ])('refuses to hold %s', async (_, target, code) => {
    const { code: exitCode, stderr } = await service.run(['hold', ...target, ...HOLD]);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(`Failed: ${code}`) });
  });

  test('of an index of another category is refused with the category that reaches it', async () => {
    const index = await service.seed();
    const { code, stderr } = await service.run([
      'hold',
      '--index',
      index,
      '--category',
      service.roomsCategory,
      ...HOLD,
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain(`a name that ${id} reaches, and not ${service.roomsCategory}`);
    expect(stderr).toContain(`Leave --category out, or write --category ${id}.`);
  });

  test('of a name without an index is refused, because it would keep nothing', async () => {
    const index = await service.seed();
    for (const name of [`${index}0`, `${index}*`, `${index},${index}`]) {
      const { code, stderr } = await service.run(['hold', '--index', name, ...HOLD]);
      expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('a name that no index has') });
    }
    expect((await answer(0, 'holds')).holds).toEqual([]);
  });

  test.each([
    ['a review date in the past', { '--review-at': '2020-01-01' }],
    ['a review date that is none', { '--review-at': 'soon' }],
    ['an empty reason', { '--reason': ' ' }],
    ['an empty name', { '--by': '' }],
  ])('is refused with %s', async (_, changes: Readonly<Record<string, string>>) => {
    const options = { '--reason': 'r', '--by': 'b', '--review-at': '2099-01-01', ...changes };
    const { code } = await service.run(['hold', '--uin', GONE, ...Object.entries(options).flat()]);
    expect(code).toBe(2);
    expect((await answer(0, 'holds')).holds).toEqual([]);
  });
});

describe('a hold in a category that has no controls document yet', () => {
  type Categories = Readonly<Record<string, object>>;
  /** Changes the categories of the policy, as a person does who edits it. */
  const edit = (change: (categories: Categories) => readonly (readonly [string, object])[]): void => {
    const { categories, ...policy } = JSON.parse(readFileSync(service.policyFile, 'utf8'));
    const text = JSON.stringify({ ...policy, categories: Object.fromEntries(change(categories)) });
    writeFileSync(service.policyFile, text);
  };
  const rename = (nameOf: (category: string) => string): void =>
    edit((categories) => Object.entries(categories).map(([name, category]) => [nameOf(name), category]));
  const toNew = (name: string): string => (name === id ? `new-${id}` : name);
  const erase = async () => {
    await answer(0, 'terminate', '--uin', GONE, '--account-deleted', '--at', daysBefore(8));
    return purge();
  };

  test.each([
    ['its account', ['--uin', GONE]],
    ['its index', ['--index', '…-1']],
    ['its whole category', ['--category', '…']],
  ])('is in force under the new name of the category too: %s', async (_, target) => {
    const index = await service.seed();
    const given = target.map((text) => (text === '…' ? id : text === '…-1' ? index : text));
    const { id: hold } = await answer(0, 'hold', ...given, ...HOLD);
    rename(toNew);
    expect(await erase()).toMatchObject({ code: expect.any(Number), stdout: expect.stringContaining(hold) });
    expect(await service.left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
    expect(await answer(0, 'release', hold, '--by', 'b')).toMatchObject({
      categories: expect.arrayContaining([`new-${id}`]),
    });
    await purge();
    expect(await service.left(index)).toEqual(['stays']);
  });

  test('is in force in a new category that gets the indices of the held one', async () => {
    const index = await service.seed();
    const { id: hold } = await answer(0, 'hold', '--category', id, ...HOLD);
    edit(({ [id]: held = {}, ...others }) => [
      [`new-${id}`, held],
      [id, { ...held, indices: [`${service.id}-other-*`] }],
      ...Object.entries(others),
    ]);
    expect((await erase()).stdout).toContain(hold);
    expect(await service.left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
    await answer(0, 'release', hold, '--by', 'b', '--category', `new-${id}`);
    await purge();
    expect(await service.left(index)).toEqual(['stays']);
    const [left] = (await answer(0, 'holds')).holds;
    expect(left.categories).toContain(id);
    expect(left.categories).not.toContain(`new-${id}`);
  });

  test('is not in force in the new category if it was released before', async () => {
    const index = await service.seed();
    const { id: released } = await answer(0, 'hold', '--uin', GONE, ...HOLD);
    rename(toNew);
    // The release reaches the document of the old name, too.
    expect(await answer(0, 'release', released, '--by', 'b')).toMatchObject({
      categories: [service.roomsCategory, id],
    });
    expect(await erase()).toMatchObject({ code: 0 });
    expect(await service.left(index)).toEqual(['stays']);
  });

  test('is in force in the new category if only another category released it', async () => {
    const index = await service.seed();
    const { id: hold } = await answer(0, 'hold', '--uin', GONE, ...HOLD);
    await answer(0, 'release', hold, '--by', 'b', '--category', service.roomsCategory);
    rename(toNew);
    expect((await erase()).stdout).toContain(hold);
    expect(await service.left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
  });

  test.each([
    ['old', 'new'],
    ['new', 'old'],
  ])('that is placed by the %s policy is in force under the %s one', async (placed) => {
    const index = await service.seed();
    const toOld = (name: string): string => (name === `new-${id}` ? id : name);
    await purge();
    rename(toNew);
    await purge();
    if (placed === 'old') rename(toOld);
    const held = await answer(0, 'hold', '--uin', GONE, ...HOLD);
    expect(held.categories.toSorted()).toEqual([id, `new-${id}`, service.roomsCategory].toSorted());
    rename(placed === 'old' ? toNew : toOld);
    expect((await erase()).stdout).toContain(held.id);
    expect(await service.left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
    expect((await answer(0, 'holds')).holds).toMatchObject([{ id: held.id, categories: expect.arrayContaining([id]) }]);
    await answer(0, 'release', held.id, '--by', 'b');
    await purge();
    expect(await service.left(index)).toEqual(['stays']);
  });

  test('stops the category if there are more holds than it can have', async () => {
    const index = await service.seed();
    const { id: hold } = await answer(0, 'hold', '--uin', GONE, ...HOLD);
    const read = (await service.controls.read(id))?.controls;
    const [known] = read?.holds ?? [];
    const holds = Array.from({ length: MAX_HOLDS }, (_, at) => ({
      ...known,
      id: `hold_00000000-0000-4000-8000-${`${at}`.padStart(12, '0')}`,
    }));
    service.controls.edit(id, { ...read, holds });
    rename(toNew);
    expect((await erase()).stdout).toContain('too-many-holds');
    expect(hold).toBeDefined();
    expect(await service.left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
  });
});

describe('release', () => {
  test('is refused for a hold that is not open, and says whether it was released', async () => {
    const { id: hold } = await answer(0, 'hold', '--uin', GONE, ...HOLD);
    await answer(0, 'release', hold, '--by', 'b');
    expect((await service.run(['release', hold, '--by', 'b'])).stderr).toContain('was released before');
    expect((await service.run(['release', 'hold_x', '--by', 'b'])).stderr).toContain('which no category has');
  });

  test('is completed by the same command if it did not reach a category', async () => {
    const { id: hold } = await answer(0, 'hold', '--uin', GONE, ...HOLD);
    service.controls.unanswered = service.roomsCategory;
    expect(await answer(1, 'release', hold, '--by', 'b')).toMatchObject({ categories: [id] });
    service.controls.unanswered = false;
    expect(await answer(0, 'release', hold, '--by', 'b')).toMatchObject({ categories: [service.roomsCategory] });
    expect((await answer(0, 'holds')).holds).toEqual([]);
  });
});

test('the command holds lists reasons and scopes, and ends with exit code 3 past a review date', async () => {
  await answer(0, 'hold', '--category', id, ...HOLD);
  const listed = await service.run(['holds']);
  expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining(REASON) });
  expect(listed.stdout).toContain('the whole category');
  const read = await service.controls.read(id);
  const holds = read?.controls.holds.map((hold) => ({ ...hold, reviewAt: 1 }));
  service.controls.edit(id, { ...read?.controls, holds });
  expect(await answer(3, 'holds')).toMatchObject({ holds: [{ toReview: true }] });
  service.controls.edit(id, { ...read?.controls, holds: 'none' });
  expect(await answer(2, 'holds')).toMatchObject({ notExamined: [{ category: id }] });
});

describe('pause', () => {
  test('names the earlier pause that it replaces', async () => {
    await answer(0, 'pause', '--category', id, '--reason', 'the first', '--by', 'ops');
    const second = await service.run(['pause', '--category', id, '--reason', REASON]);
    expect(second.stdout).toMatch(/this ends the pause until .* UTC, by ops: the first/);
    const until = new Date(Date.now() + 3_600_000).toISOString();
    expect(await answer(0, 'pause', '--category', id, '--reason', REASON, '--until', until)).toMatchObject({
      replaces: [{ category: id, until: expect.any(String) }],
    });
    await answer(0, 'resume');
    expect(await answer(0, 'pause', '--reason', REASON)).toMatchObject({ replaces: [] });
  });

  test('for more than a year is refused as a typing error', async () => {
    const refused = await service.run(['pause', '--reason', REASON, '--until', '9999-01-01']);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('within the next 366 days') });
    expect(await answer(0, 'holds')).toMatchObject({ pauses: [] });
  });

  test('stops purges of the command line until it is resumed', async () => {
    const index = await service.seed();
    await service.tell('account-deleted', { uin: GONE }, 5);
    const until = new Date(Date.now() + 3_600_000).toISOString();
    expect(await answer(0, 'pause', '--reason', REASON, '--by', 'ops', '--until', until)).toMatchObject({
      categories: [id, service.roomsCategory],
      breaks: [],
    });
    const purged = await purge();
    expect(purged.stdout).toContain('paused');
    expect(purged.stdout).not.toContain(REASON);
    expect(await service.left(index)).toContain('gone-1');
    const verified = (await service.run(['verify'])).stdout;
    expect(verified).toContain(`${id} is paused until`);
    expect(verified.split('\n', 1)).toEqual([expect.stringContaining(' · 2 paused · ')]);
    expect((await service.run(['holds'])).stdout).toContain(REASON);
    expect(await answer(0, 'resume')).toMatchObject({ categories: [id, service.roomsCategory] });
    expect(await answer(0, 'resume')).toMatchObject({ categories: [] });
    await purge();
    expect(await service.left(index)).toEqual(['stays']);
  });

  test('says at once which promise it will break', async () => {
    await service.seed();
    await service.tell('account-deleted', { uin: GONE }, 6.5);
    const { breaks } = await answer(3, 'pause', '--category', id, '--reason', REASON);
    expect(breaks).toMatchObject([{ category: id, at: expect.any(String) }]);
  });

  test('also stops categories under the names that another policy gives them', async () => {
    await service.seed();
    const other = `other-${id}`;
    await service.controls.create(other);
    expect((await answer(0, 'pause', '--reason', REASON)).categories).toEqual([id, service.roomsCategory, other]);
    const { categories, ...policy } = JSON.parse(readFileSync(service.policyFile, 'utf8'));
    const renamed = { [other]: categories[id] };
    const file = temporaryFile('other.yml', JSON.stringify({ ...policy, categories: renamed }));
    const run = () => service.run(['purge', '--execute', '--yes', '--policy', file]);
    expect((await run()).stdout).toContain('paused');
    expect((await answer(0, 'resume')).categories).toContain(other);
    expect((await run()).stdout).not.toContain('paused');
  });

  test('says since when a promise is broken, if it is already broken', async () => {
    await service.seed();
    await service.tell('account-deleted', { uin: GONE }, 8);
    const { stdout } = await service.run(['pause', '--category', id, '--reason', REASON]);
    expect(stdout).toContain(`${id}: its promise has been broken since `);
  });

  test('lasts a day unless an end is given', async () => {
    const { until } = await answer(0, 'pause', '--reason', REASON);
    expect(Date.parse(until) - Date.now()).toBeGreaterThan(23.9 * 3_600_000);
    expect(Date.parse(until) - Date.now()).toBeLessThanOrEqual(24 * 3_600_000);
  });

  test('keeps housekeeping from removing records', async () => {
    await answer(0, 'pause', '--category', id, '--reason', REASON);
    const { stdout } = await service.run(['housekeeping']);
    expect(stdout).toContain(`${id}: nothing removed, since it is paused`);
    expect(stdout).toContain('Archive, events: none removed');
  });
});

test('lost controls stop every run until a person accepts the loss', async () => {
  const index = await service.seed();
  await service.tell('account-deleted', { uin: STAYS }, 5);
  await answer(0, 'hold', '--uin', GONE, ...HOLD);
  await purge();
  expect(await service.left(index)).toEqual(['gone-1', 'gone-2']);
  service.controls.edit(id, undefined);
  await service.tell('account-deleted', { uin: GONE }, 5);
  const refused = await purge();
  expect(refused).toMatchObject({ code: 3, stdout: expect.stringContaining('controls-lost') });
  expect((await service.run(['verify'])).stdout).toContain('refused (controls)');
  expect(await service.left(index)).toEqual(['gone-1', 'gone-2']);
  await answer(0, 'hold', '--uin', GONE, '--category', id, ...HOLD);
  const accepting = await service.run(['resume', '--category', id, '--despite-lost']);
  // The new document began with the hold of the other category.
  expect(accepting.stdout).toMatch(/accepted with 2 holds: hold_/);
  expect(await purge()).toMatchObject({ code: 0 });
  expect(await service.left(index)).toEqual(['gone-1', 'gone-2']);
});

test('changes to restored controls do not hide that newer controls were lost', async () => {
  const index = await service.seed();
  await answer(0, 'pause', '--category', id, '--reason', REASON);
  await answer(0, 'resume', '--category', id);
  const restored = (await service.controls.read(id))?.controls;
  await answer(0, 'hold', '--uin', GONE, ...HOLD);
  await service.tell('account-deleted', { uin: STAYS }, 5);
  await purge();
  service.controls.edit(id, restored);
  await service.tell('account-deleted', { uin: GONE }, 5);
  for (let again = 0; again < 5; again++) {
    await service.run(['pause', '--category', id, '--reason', REASON]);
    expect(await answer(3, 'resume', '--category', id)).toMatchObject({ lost: [id] });
    await answer(0, 'hold', '--uin', `${again}`, ...HOLD);
  }
  expect(await purge()).toMatchObject({ code: 3, stdout: expect.stringContaining('controls-lost') });
  expect(await service.left(index)).toEqual(['gone-1', 'gone-2']);
  await answer(0, 'hold', '--uin', GONE, ...HOLD);
  expect(await answer(0, 'resume', '--category', id, '--despite-lost')).toMatchObject({ accepted: [id], lost: [] });
  expect(await purge()).toMatchObject({ code: 0 });
  expect(await service.left(index)).toEqual(['gone-1', 'gone-2']);
});

test('a hold that a restore has lost is noticed even if no run had relied on it', async () => {
  const index = await service.seed();
  await answer(0, 'pause', '--category', id, '--reason', REASON);
  await answer(0, 'resume', '--category', id);
  const restored = (await service.controls.read(id))?.controls;
  await answer(0, 'hold', '--uin', GONE, ...HOLD);
  service.controls.edit(id, restored);
  await service.tell('account-deleted', { uin: GONE }, 5);
  expect(await purge()).toMatchObject({ code: 3, stdout: expect.stringContaining('controls-lost') });
  expect(await answer(3, 'resume', '--category', id)).toMatchObject({ lost: [id] });
  expect(await service.left(index)).toContain('gone-1');
  await answer(0, 'hold', '--uin', GONE, ...HOLD);
  expect(await answer(0, 'resume', '--category', id, '--despite-lost')).toMatchObject({ accepted: [id], lost: [] });
  service.controls.edit(id, undefined);
  expect(await purge()).toMatchObject({ code: 3, stdout: expect.stringContaining('controls-lost') });
  expect(await answer(0, 'resume', '--category', id, '--despite-lost')).toMatchObject({ accepted: [id], lost: [] });
  expect(await purge()).toMatchObject({ code: 0 });
});

test('an entry that somebody falsely marks as held is erased by the next run', async () => {
  const index = await service.seed();
  await service.tell('account-deleted', { uin: GONE }, 5);
  service.editEntries((entry) => ({ ...entry, state: 'held' }));
  await purge();
  expect(await service.left(index)).toEqual(['stays']);
});

const daysBefore = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();
