import { compactDecrypt } from 'jose';
import { describe, expect, test } from 'vitest';
import type { KeyRing } from '../../lib/erasure/subjects/key-ring.ts';
import { newRing, newSecret, ringOf } from '../support/erasure/key-ring-text.ts';
import { ARCHIVE_WORLDS, listed } from '../support/receipts/archive-worlds.ts';

/** That ring with other versions of the archive key. */
const withArchiveKeys = (current: string, keys: Record<string, string>): KeyRing =>
  ringOf({ ...newRing(), archive: { current, keys } });

const [FIRST, SECOND] = [newSecret(), newSecret()];
const ring = withArchiveKeys('1', { '1': FIRST });
const EVENT = { uin: '9007199254740993001', at: '2026-11-01T09:00:00.000Z', note: 'ünïcode 😀' };

const all = async (ids: AsyncIterable<string>): Promise<readonly string[]> => {
  const found: string[] = [];
  for await (const id of ids) found.push(id);
  return found.sort();
};

describe.each(ARCHIVE_WORLDS)('an archive %s', (_name, worldOf) => {
  test('returns each copy with its content, separately for each kind', async () => {
    const archive = worldOf().archive(ring);
    await archive.put('events', 'msg_1:a@b.c', EVENT);
    await archive.put('events', 'msg-2', { ...EVENT, more: [1, null, { x: true }] });
    await archive.put('receipts', 'msg-2', { jws: 'a.b.c' });
    expect(await listed(archive)).toEqual([
      { id: 'msg-2', content: { ...EVENT, more: [1, null, { x: true }] } },
      { id: 'msg_1:a@b.c', content: EVENT },
    ]);
    expect(await listed(archive, 'receipts')).toEqual([{ id: 'msg-2', content: { jws: 'a.b.c' } }]);
    expect(await listed(archive, 'entries')).toEqual([]);
  });

  test('lists more copies than fit into one page', async () => {
    const archive = worldOf().archive(ring);
    const ids = Array.from({ length: 25 }, (_, at) => `e${String(at).padStart(2, '0')}`);
    await Promise.all(ids.map((id) => archive.put('events', id, { id })));
    expect(await listed(archive)).toEqual(ids.map((id) => ({ id, content: { id } })));
  });

  test('lists the ids of the copies of one kind put since an instant, without a key', async () => {
    const world = worldOf();
    const before = Date.now() - 60_000;
    await world.archive(ring).put('events', 'a', EVENT);
    await world.archive(ring).put('receipts', 'b', EVENT);
    const keyless = world.archive(withArchiveKeys('2', { '2': SECOND }));
    expect(await all(keyless.ids('events', before))).toEqual(['a']);
    expect(await all(keyless.ids('events', Date.now() + 60_000))).toEqual([]);
    expect(await all(keyless.ids('entries', before))).toEqual([]);
  });

  test('keeps the first content when the same id is put again', async () => {
    const world = worldOf();
    const archive = world.archive(ring);
    await archive.put('events', 'a', EVENT);
    const before = world.read('events/a.jwe');
    await archive.put('events', 'a', EVENT);
    await archive.put('events', 'a', { another: true });
    expect(world.read('events/a.jwe')).toBe(before);
    expect(world.names()).toEqual(['events/a.jwe']);
  });

  test('reveals nothing about the content without a key, not even whether two copies are equal', async () => {
    const world = worldOf();
    const archive = world.archive(ring);
    await archive.put('events', 'a', EVENT);
    await archive.put('events', 'b', EVENT);
    const [a = '', b = ''] = world.names().map(world.read);
    const outside = [a, b].map((text) => Buffer.from(text.replaceAll('.', ''), 'base64url').toString('latin1') + text);
    for (const text of outside) expect(text).not.toContain(EVENT.uin);
    expect(a.split('.')[2]).not.toBe(b.split('.')[2]);
    expect(a.split('.')[3]).not.toBe(b.split('.')[3]);
  });

  test('stores compact JWEs, which other tools can open too', async () => {
    const world = worldOf();
    await world.archive(ring).put('events', 'a', EVENT);
    const { plaintext, protectedHeader } = await compactDecrypt(
      world.read('events/a.jwe'),
      Buffer.from(FIRST, 'base64'),
    );
    expect(protectedHeader).toMatchObject({ alg: 'dir', enc: 'A256GCM', kid: '1', kind: 'events', id: 'a' });
    expect(JSON.parse(Buffer.from(plaintext).toString())).toEqual(EVENT);
  });

  test('opens copies sealed before a rotation, and seals with the new version', async () => {
    const world = worldOf();
    await world.archive(ring).put('events', 'a', EVENT);
    const rotated = world.archive(withArchiveKeys('2', { '1': FIRST, '2': SECOND }));
    await rotated.put('events', 'b', EVENT);
    expect(await listed(rotated)).toEqual(['a', 'b'].map((id) => ({ id, content: EVENT })));
    const withoutTheOld = world.archive(withArchiveKeys('2', { '2': SECOND }));
    expect(await listed(withoutTheOld)).toEqual([
      { id: 'a', unreadable: 'no-key' },
      { id: 'b', content: EVENT },
    ]);
  });

  test('detects an altered, cut or misplaced copy, and still lists the others', async () => {
    const world = worldOf();
    const archive = world.archive(ring);
    for (const id of ['altered', 'cut', 'swapped', 'whole']) await archive.put('events', id, EVENT);
    await archive.put('entries', 'elsewhere', EVENT);
    const altered = world.read('events/altered.jwe').split('.');
    const cipher = altered[3] ?? '';
    altered[3] = (cipher.startsWith('A') ? 'B' : 'A') + cipher.slice(1);
    world.write('events/altered.jwe', altered.join('.'));
    world.write('events/cut.jwe', world.read('events/cut.jwe').slice(0, -9));
    world.write('events/empty.jwe', '');
    world.rename('events/swapped.jwe', 'events/renamed.jwe');
    world.rename('entries/elsewhere.jwe', 'events/elsewhere.jwe');
    expect(await listed(archive)).toEqual([
      ...['altered', 'cut', 'elsewhere', 'empty', 'renamed'].map((id) => ({ id, unreadable: 'damaged' })),
      { id: 'whole', content: EVENT },
    ]);
  });

  test('detects a copy of another category or stage, and opens copies that name none', async () => {
    const world = worldOf();
    const OURS = { category: 'uins', stage: 'prod' };
    await world.archive(ring).put('events', 'older', EVENT);
    await world.archive(ring, OURS).put('events', 'ours', EVENT);
    await world.archive(ring, { ...OURS, category: 'sdk-logs' }).put('events', 'category', EVENT);
    await world.archive(ring, { ...OURS, stage: 'dev' }).put('events', 'stage', EVENT);
    const foreign = ['category', 'stage'].map((id) => ({ id, unreadable: 'damaged' }));
    const opened = ['older', 'ours'].map((id) => ({ id, content: EVENT }));
    expect(await listed(world.archive(ring, OURS))).toEqual([foreign[0], ...opened, foreign[1]]);
    expect((await listed(world.archive(ring))).filter((copy) => 'unreadable' in copy)).toEqual([]);
    const { protectedHeader } = await compactDecrypt(world.read('events/ours.jwe'), Buffer.from(FIRST, 'base64'));
    expect(protectedHeader).toMatchObject(OURS);
  });

  test('opens no copy with a different key of the same name', async () => {
    const world = worldOf();
    await world.archive(ring).put('events', 'a', EVENT);
    const other = world.archive(withArchiveKeys('1', { '1': SECOND }));
    expect(await listed(other)).toEqual([{ id: 'a', unreadable: 'damaged' }]);
  });

  test.each([['../a'], ['a/b'], ['.a'], [''], ['a\0'], ['a'.repeat(129)], ['ä']])('refuses the id %j', async (id) => {
    const world = worldOf();
    await expect(world.archive(ring).put('events', id, EVENT)).rejects.toMatchObject({ code: 'bad-archive-id' });
    expect(world.names()).toEqual([]);
  });

  test('ignores files that it has not written', async () => {
    const world = worldOf();
    const archive = world.archive(ring);
    await archive.put('events', 'a', EVENT);
    world.write('events/README.txt', 'hello');
    expect(await listed(archive)).toEqual([{ id: 'a', content: EVENT }]);
  });
});
