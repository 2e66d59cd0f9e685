import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bucketArchive } from '../../../lib/adapters/archive/bucket-archive.ts';
import { folderArchive } from '../../../lib/adapters/archive/folder-archive.ts';
import type { CopyOrigin } from '../../../lib/adapters/archive/seal-copy.ts';
import type { Archive, Archived, ArchiveKind } from '../../../lib/erasure/archive/archive.ts';
import type { KeyRing } from '../../../lib/erasure/subjects/key-ring.ts';
import { whenDone } from '../run/made-once.ts';
import { memoryBucket } from './memory-bucket.ts';

/** One archive as seen from outside: its files or objects by name (`events/a.jwe`). */
export interface ArchiveWorld {
  /** Opens the archive with these keys. */
  readonly archive: (ring: KeyRing, origin?: CopyOrigin) => Archive;
  readonly names: () => readonly string[];
  readonly read: (name: string) => string;
  readonly write: (name: string, text: string) => void;
  readonly rename: (from: string, to: string) => void;
}

export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-archive-'));
  whenDone(() => rmSync(folder, { recursive: true }));
  return folder;
};

const folderWorld = (): ArchiveWorld => {
  const folder = temporaryFolder();
  return {
    archive: (ring, origin) => folderArchive(folder, ring.archive, origin),
    names: () =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.includes('/'))
        .sort(),
    read: (name) => readFileSync(join(folder, name), 'utf8'),
    write: (name, text) => writeFileSync(join(folder, name), text),
    rename: (from, to) => renameSync(join(folder, from), join(folder, to)),
  };
};

const bucketWorld = (): ArchiveWorld => {
  const { client, objects } = memoryBucket();
  const at = (name: string): string => `evidence/${name}`;
  const read = (name: string): string => objects.get(at(name)) ?? '';
  return {
    archive: (ring, origin = {}) => bucketArchive({ bucket: 'b', prefix: 'evidence', origin }, ring.archive, client),
    names: () => [...objects.keys()].map((key) => key.replace(/^evidence\//, '')).sort(),
    read,
    write: (name, text) => void objects.set(at(name), text),
    rename: (from, to) => {
      objects.set(at(to), read(from));
      objects.delete(at(from));
    },
  };
};

/** All copies of a kind, by id. */
export const listed = async (archive: Archive, kind: ArchiveKind = 'events'): Promise<readonly Archived[]> => {
  const copies: Archived[] = [];
  for await (const copy of archive.list(kind)) copies.push(copy);
  return copies.sort((a, b) => (a.id < b.id ? -1 : 1));
};

/** The folder is real. The bucket is a map behind the real client of S3: see {@link memoryBucket}. */
export const ARCHIVE_WORLDS: readonly (readonly [name: string, world: () => ArchiveWorld])[] = [
  ['in a folder', folderWorld],
  ['in a bucket (in memory, behind the client of S3)', bucketWorld],
];
