import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { bucketArchive } from '../../../../lib/adapters/archive/bucket-archive.ts';
import { openArchive } from '../../../../lib/adapters/archive/open-archive.ts';
import { newRing, ringOf } from '../../../support/erasure/key-ring-text.ts';
import { listed } from '../../../support/receipts/archive-worlds.ts';
import { memoryBucket, s3Error } from '../../../support/receipts/memory-bucket.ts';

const ring = ringOf(newRing());
const world = (prefix = 'a/b') => {
  const bucket = memoryBucket();
  return { ...bucket, archive: bucketArchive({ bucket: 'evidence', prefix }, ring.archive, bucket.client) };
};

describe('an archive in a bucket (the client of S3 is real, the bucket is not)', () => {
  test.each([
    ['a/b', 'a/b/events/x.jwe'],
    ['', 'events/x.jwe'],
  ])('with the prefix %j creates an object at %s, unless it exists', async (prefix, Key) => {
    const { archive, mock } = world(prefix);
    await archive.put('events', 'x', {});
    expect(mock.commandCalls(PutObjectCommand).map(({ args: [{ input }] }) => input)).toEqual([
      expect.objectContaining({ Bucket: 'evidence', Key, IfNoneMatch: '*' }),
    ]);
  });

  test('removes no copies itself, and refers to the lifecycle rule of the bucket', async () => {
    const { archive, mock, objects } = world();
    await archive.put('events', 'x', {});
    expect(await archive.removeOld('events', Number.MAX_SAFE_INTEGER, 'remove')).toEqual({
      removed: 0,
      note: expect.stringContaining('lifecycle rule for a/b/events/'),
    });
    expect([objects.size, mock.calls().length]).toEqual([1, 1]);
  });

  test('skips an object that expired between listing and reading', async () => {
    const { archive, mock } = world();
    await archive.put('events', 'x', {});
    mock.on(GetObjectCommand).rejects(new NoSuchKey({ message: 'gone', $metadata: { httpStatusCode: 404 } }));
    expect(await listed(archive)).toEqual([]);
  });

  const noCredentials = Object.assign(new Error('Could not load credentials'), { name: 'CredentialsProviderError' });
  test.each([
    ['no right to it', s3Error('AccessDenied', 403), 'InputError', 'archive-refused'],
    ['no such bucket', s3Error('NoSuchBucket', 404), 'InputError', 'archive-refused'],
    ['no credentials', noCredentials, 'InputError', 'archive-refused'],
    ['somebody at it at the same time', s3Error('ConditionalRequestConflict', 409), 'TransientError', 'archive-failed'],
    ['too many requests', s3Error('SlowDown', 503), 'TransientError', 'archive-failed'],
    ['no network', new Error('connect ECONNREFUSED'), 'TransientError', 'archive-failed'],
  ])('distinguishes input errors from transient ones: %s', async (_, error, name, code) => {
    const { archive, mock } = world();
    mock.on(PutObjectCommand).rejects(error);
    mock.on(ListObjectsV2Command).rejects(error);
    const expected = { name, code, cause: error };
    await expect(archive.put('events', 'x', {})).rejects.toMatchObject(expected);
    await expect(listed(archive)).rejects.toMatchObject(expected);
  });

  test('is opened for a place of the kind bucket', async () => {
    const place = { kind: 'bucket', bucket: 'evidence', prefix: 'a', pathStyle: true } as const;
    const { note } = await (await openArchive(place, ring)).removeOld('events', 0, 'remove');
    expect(note).toContain('a/events/');
  });

  test('gives up if the bucket does not answer, so that a run ends in time', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close().closeAllConnections());
    vi.stubEnv('AWS_ENDPOINT_URL_S3', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    for (const name of ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'x');
    onTestFinished(() => void vi.unstubAllEnvs());
    const place = { kind: 'bucket', bucket: 'evidence', prefix: 'a', pathStyle: true } as const;
    const archive = await openArchive(place, ring, 100);
    await expect(archive.put('events', 'x', {})).rejects.toMatchObject({
      code: 'archive-failed',
      cause: { name: 'TimeoutError' },
    });
  });
});
