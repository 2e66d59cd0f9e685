import { describe, expect, test } from 'vitest';
import {
  readArchiveLocation,
  readConnection,
  readEventBus,
} from '../../../../lib/adapters/environment/configuration.ts';
import { assertSafeTransport } from '../../../../lib/adapters/environment/transport.ts';

const refused = (code: string) => expect.objectContaining({ code });

describe('ELASTICSEARCH_URL', () => {
  const read = (ELASTICSEARCH_URL: string, more = {}) => readConnection({ ELASTICSEARCH_URL, ...more }).url;

  test.each([
    'https://es.example.org:9200',
    'http://localhost:9200',
    'http://LOCALHOST:9200',
    'http://127.0.0.1:9200',
    'http://127.1:9200',
    'http://127.200.3.4',
    'http://[::1]:9200',
    'http://[0:0:0:0:0:0:0:1]:9200',
    'http://[::ffff:127.0.0.1]:9200',
  ])('may be %s', (url) => {
    expect(read(url)).toMatch(/^https?:/);
  });

  test.each([
    'http://es.example.org:9200',
    'http://10.0.0.7:9200',
    'http://localhost.example.org',
    'http://127.0.0.1.example.org',
    'http://0.0.0.0:9200',
    'http://1270.0.0.1.nip.io',
    'http://[::ffff:10.0.0.7]:9200',
    'http://[fe80::1]:9200',
    'http://128.0.0.1',
  ])('may not be %s, unless the host is listed', (url) => {
    const { hostname } = new URL(url);
    expect(() => read(url)).toThrow(refused('plain-http'));
    expect(() => read(url)).toThrow(new RegExp(`PLAIN_HTTP_HOSTS=${hostname.replaceAll(/[[\].]/g, '\\$&')}`));
    expect(() => read(url, { PLAIN_HTTP_HOSTS: 'example.org, *, org' })).toThrow(refused('plain-http'));
    expect(read(url, { PLAIN_HTTP_HOSTS: `other,${hostname.toUpperCase()}` })).toContain(hostname);
  });
});

test.each(['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL_SECRETS_MANAGER'])(
  '%s may use plain http only to this machine',
  (name) => {
    const to = (url: string) => () => assertSafeTransport({ [name]: url });
    expect(to('http://user:hunter2@stack.example.org')).toThrow(refused('plain-http'));
    expect(to('http://user:hunter2@stack.example.org')).not.toThrow(/hunter2/);
    for (const url of ['https://stack.example.org', 'http://127.0.0.1:4566', '', 'nonsense'])
      expect(to(url)).not.toThrow();
  },
);

test.each([
  ['the cluster', (more: object) => readConnection({ ELASTICSEARCH_URL: 'https://es.example.org', ...more })],
  ['the bus', (more: object) => readEventBus({ EVENT_BUS_NAME: 'bus', ...more })],
  ['the archive', (more: object) => readArchiveLocation({ RETENTION_ARCHIVE: 's3://evidence', ...more })],
])('%s is refused if certificate checks are switched off', (_, read) => {
  expect(() => read({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toThrow(refused('certificates-unchecked'));
  expect(() => read({ NODE_TLS_REJECT_UNAUTHORIZED: '1' })).not.toThrow();
});
