import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';

const PAGE = 2;

/** An error as the S3 client throws it. */
export const s3Error = (name: string, httpStatusCode: number): S3ServiceException =>
  new S3ServiceException({ name, message: name, $fault: 'client', $metadata: { httpStatusCode } });

const bodyOf = (text: string) =>
  ({ transformToString: async () => text }) as unknown as NonNullable<GetObjectCommandOutput['Body']>;

/**
 * A map behind the real S3 client, because there is no S3 here. It supports what the archive needs: create an object if
 * it does not exist, list by prefix in pages of two, and get.
 */
export const memoryBucket = () => {
  const objects = new Map<string, string>();
  const puts = new Map<string, Date>();
  const client = new S3Client({ region: 'eu-west-1' });
  const mock = mockClient(client);
  mock.on(PutObjectCommand).callsFake(async ({ Key, Body, IfNoneMatch }) => {
    if (IfNoneMatch === '*' && objects.has(Key)) throw s3Error('PreconditionFailed', 412);
    objects.set(Key, String(Body));
    puts.set(Key, new Date());
    return {};
  });
  mock.on(ListObjectsV2Command).callsFake(async ({ Prefix, ContinuationToken = '0' }) => {
    const keys = [...objects.keys()].filter((key) => key.startsWith(Prefix)).sort();
    const to = Number(ContinuationToken) + PAGE;
    const Contents = keys.slice(to - PAGE, to).map((Key) => ({ Key, LastModified: puts.get(Key) ?? new Date() }));
    return { Contents, ...(to < keys.length ? { NextContinuationToken: String(to) } : {}) };
  });
  mock.on(GetObjectCommand).callsFake(async ({ Key }) => {
    const text = objects.get(Key);
    if (text === undefined) throw new NoSuchKey({ message: 'gone', $metadata: { httpStatusCode: 404 } });
    return { Body: bodyOf(text) };
  });
  return { client, mock, objects };
};
