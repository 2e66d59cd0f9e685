import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderArchive } from '../../../../lib/adapters/archive/folder-archive.ts';
import { archivedEvents, openArchive } from '../../../../lib/adapters/archive/open-archive.ts';
import { newRing, ringOf } from '../../../support/erasure/key-ring-text.ts';
import { listed, temporaryFolder } from '../../../support/receipts/archive-worlds.ts';

const ring = ringOf(newRing());
const NOON = Date.parse('2026-11-24T12:00:00Z');
const all = async (ids: AsyncIterable<string> = (async function* () {})()): Promise<string[]> => {
  const found: string[] = [];
  for await (const id of ids) found.push(id);
  return found;
};
const dated = (file: string, at: number): void => utimesSync(file, at / 1000, at / 1000);

describe('an archive in a folder', () => {
  test('creates folders and files that only their owner can use', async () => {
    const folder = join(temporaryFolder(), 'a', 'b');
    await (await openArchive({ kind: 'folder', folder }, ring)).put('events', 'x', {});
    const modes = [folder, join(folder, 'events'), join(folder, 'events', 'x.jwe')].map((path) => statSync(path).mode);
    expect(modes.map((mode) => (mode & 0o777).toString(8))).toEqual(['700', '700', '600']);
  });

  test('removes copies stored before an instant, but not at it', async () => {
    const folder = temporaryFolder();
    const archive = folderArchive(folder, ring.archive);
    for (const id of ['before', 'at', 'after']) await archive.put('events', id, {});
    await archive.put('receipts', 'before', {});
    const files = ['events/before', 'events/at', 'events/after', 'receipts/before'].map((n) =>
      join(folder, `${n}.jwe`),
    );
    for (const [index, at] of [NOON - 1, NOON, NOON + 1, NOON - 1].entries()) dated(files[index] ?? '', at);
    expect(await archive.removeOld('events', NOON, 'remove')).toEqual({ removed: 1 });
    expect(files.map((file) => existsSync(file))).toEqual([false, true, true, true]);
  });

  test('removes the unfinished files of a crash, and no files of others', async () => {
    const folder = temporaryFolder();
    const archive = folderArchive(folder, ring.archive);
    await archive.put('events', 'x', {});
    const events = join(folder, 'events');
    const names = ['.0e0f6c1c-7c1d-4c0b-9d1e-2f3a4b5c6d7e.unfinished', 'notes.txt', 'x.jwe'];
    for (const name of names.slice(0, 2)) writeFileSync(join(events, name), '');
    for (const name of names) dated(join(events, name), NOON);
    expect(await archive.removeOld('events', NOON + 1, 'remove')).toEqual({ removed: 2 });
    expect(readdirSync(events)).toEqual(['notes.txt']);
  });

  test('removes nothing if nothing was stored', async () => {
    expect(
      await folderArchive(join(temporaryFolder(), 'none'), ring.archive).removeOld('events', NOON, 'remove'),
    ).toEqual({
      removed: 0,
    });
  });

  test('throws an input error, not a transient one, if it is no folder', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    await expect(folderArchive(file, ring.archive).put('events', 'x', {})).rejects.toMatchObject({
      name: 'InputError',
      code: 'archive-refused',
    });
  });

  test('reports anything that is not a file as unreadable, and reads the others', async () => {
    const folder = temporaryFolder();
    const archive = folderArchive(folder, ring.archive);
    await archive.put('events', 'x', { one: 1 });
    const place = (name: string): string => join(folder, 'events', `${name}.jwe`);
    mkdirSync(place('folder'));
    execFileSync('mkfifo', [place('pipe')]);
    symlinkSync('loop.jwe', place('loop'));
    symlinkSync('nowhere', place('dangling'));
    symlinkSync('/dev/zero', place('device'));
    symlinkSync('x.jwe', place('alias'));
    const damaged = ['alias', 'dangling', 'device', 'folder', 'loop', 'pipe'];
    expect(await listed(archive)).toEqual([
      ...damaged.map((id) => ({ id, unreadable: 'damaged' })),
      { id: 'x', content: { one: 1 } },
    ]);
    const ids = await all(archive.ids('events', NOON));
    expect(ids.sort()).toEqual([...damaged.filter((id) => id !== 'device'), 'x'].sort());
  });

  test('does not remove anything that is not a file, however old', async () => {
    const folder = temporaryFolder();
    const archive = folderArchive(folder, ring.archive);
    await archive.put('events', 'x', {});
    const [folderInIt, loop] = ['folder', 'loop'].map((name) => join(folder, 'events', `${name}.jwe`));
    mkdirSync(folderInIt ?? '');
    symlinkSync('loop.jwe', loop ?? '');
    dated(folderInIt ?? '', NOON);
    dated(join(folder, 'events', 'x.jwe'), NOON);
    expect(await archive.removeOld('events', NOON + 1, 'remove')).toEqual({ removed: 1 });
    expect(readdirSync(join(folder, 'events')).sort()).toEqual(['folder.jwe', 'loop.jwe']);
  });

  test('does not mistake a folder or a pipe for a stored copy', async () => {
    const folder = temporaryFolder();
    const archive = folderArchive(folder, ring.archive);
    mkdirSync(join(folder, 'events', 'x.jwe'), { recursive: true });
    await expect(archive.put('events', 'x', {})).rejects.toMatchObject({ code: 'archive-failed' });
    execFileSync('mkfifo', [join(folder, 'events', 'y.jwe')]);
    await archive.put('events', 'y', { two: 2 });
    expect(await listed(archive)).toContainEqual({ id: 'y', content: { two: 2 } });
  });

  test('reports a file that cannot be a copy, and does not take it for an event', async () => {
    const folder = temporaryFolder();
    const archive = folderArchive(folder, ring.archive);
    const event = 'a'.repeat(64);
    for (const id of [event, 'no-digest']) await archive.put('events', id, {});
    for (const name of ['.hidden.jwe', '._x.jwe', 'a b.jwe']) writeFileSync(join(folder, 'events', name), '');
    expect((await listed(archive)).filter((copy) => 'unreadable' in copy && copy.unreadable === 'no-copy')).toEqual(
      ['._x', '.hidden', 'a b'].map((id) => ({ id, unreadable: 'no-copy' })),
    );
    expect((await all(archive.ids('events', NOON))).sort()).toEqual([event, 'no-digest']);
    const known = archivedEvents({ RETENTION_ARCHIVE: folder });
    expect(await all(known?.(NOON))).toEqual([event]);
  });

  test('throws a transient error after any other failure', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'events'));
    symlinkSync('x.jwe', join(folder, 'events', 'x.jwe'));
    const archive = folderArchive(folder, ring.archive);
    await expect(archive.put('events', 'x', {})).rejects.toMatchObject({
      name: 'TransientError',
      code: 'archive-failed',
    });
    symlinkSync('receipts', join(folder, 'receipts'));
    await expect(listed(archive, 'receipts')).rejects.toMatchObject({ code: 'archive-failed' });
  });
});
