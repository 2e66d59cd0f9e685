import { describe, expect, test } from 'vitest';
import { readArchiveLocation } from '../../../../lib/adapters/environment/configuration.ts';

const at = (RETENTION_ARCHIVE?: string, more = {}) => readArchiveLocation({ RETENTION_ARCHIVE, ...more });

describe('RETENTION_ARCHIVE', () => {
  test.each([
    ['s3://evidence', { kind: 'bucket', bucket: 'evidence', prefix: '', pathStyle: false, origin: {} }],
    ['s3://evidence/', { kind: 'bucket', bucket: 'evidence', prefix: '', pathStyle: false, origin: {} }],
    [
      's3://evidence/a/b/',
      { kind: 'bucket', bucket: 'evidence', prefix: 'a/b', pathStyle: false, origin: { category: 'b' } },
    ],
    ['/var/archive', { kind: 'folder', folder: '/var/archive', origin: {} }],
    ['archive', { kind: 'folder', folder: 'archive', origin: {} }],
  ])('names a bucket or a folder: %s', (place, location) => {
    expect(at(place)).toEqual(location);
  });

  test('has the stage of the deployment in its origin', () => {
    const more = { DEPLOYMENT_STAGE: 'prod' };
    expect(at('s3://evidence/uins', more)).toMatchObject({ origin: { category: 'uins', stage: 'prod' } });
    expect(at('archive', more)).toMatchObject({ origin: { stage: 'prod' } });
  });

  test('uses path-style URLs if AWS_ENDPOINT_URL replaces S3', () => {
    expect(at('s3://evidence', { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' })).toMatchObject({ pathStyle: true });
  });

  test.each([
    [undefined, 'no-archive'],
    ['', 'no-archive'],
    ['s3://', 'bad-archive'],
    ['s3://Evidence', 'bad-archive'],
    ['gs://evidence', 'bad-archive'],
    ['https://evidence.example.org', 'bad-archive'],
    ['https://user:hunter2@evidence.example.org', 'bad-archive'],
    ['s3://user:hunter2@evidence', 'bad-archive'],
    ['user:hunter2@evidence.example.org/copies', 'bad-archive'],
    ['"s3://evidence"', 'bad-archive'],
  ])('is refused if it is %j', (place, code) => {
    expect(() => at(place)).toThrow(expect.objectContaining({ code }));
    expect(() => at(place)).not.toThrow(/hunter2/);
  });
});
