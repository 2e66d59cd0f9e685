import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import {
  readArchiveLocation,
  readConnection,
  readEventBus,
  readWebhookSecrets,
} from '../../../../lib/adapters/environment/configuration.ts';
import { InputError } from '../../../../lib/base/errors.ts';
import { OTHER_SECRET, SECRET } from '../../../support/erasure/signed-webhook.ts';

const folder = mkdtempSync(join(tmpdir(), 'webhook-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fileWith = (text: string): string => {
  const file = join(folder, `${text.length}`);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
};

const keyOf = (secret: string) => Buffer.from(secret.slice('whsec_'.length), 'base64');
const secretOf = (bytes: number) =>
  `whsec_${Buffer.from(Array.from({ length: bytes }, (_, at) => at)).toString('base64')}`;

const URL_OF_CLUSTER = 'https://es.example.org:9200';
const KEY = 'YWJjOmRlZg==';

describe('ELASTICSEARCH_API_KEY', () => {
  const read = (given: string) =>
    readConnection({ ELASTICSEARCH_URL: URL_OF_CLUSTER, ELASTICSEARCH_API_KEY: given }).apiKey;

  test.each([KEY, `${KEY}\n`, `\r\n ${KEY}\t\r\n`, `\uFEFF${KEY}`])(
    'is read without surrounding spaces (%j)',
    (given) => {
      expect(read(given)).toBe(KEY);
    },
  );

  test.each([
    ['quotation marks', `"${KEY}"`, 'quotation marks'],
    ['an apostrophe', `'${KEY}`, 'quotation marks'],
    ['typographic quotation marks', `\u201c${KEY}\u201d`, 'quotation marks'],
    ['a line end inside', `YWJjO\nmRlZg==`, 'a blank or line end inside it'],
    ['a word before it', `ApiKey ${KEY}`, 'a blank or line end inside it'],
    ['a letter that no header can hold', `${KEY}\u00e9`, 'a character in it that is no plain letter'],
    ['a control character', `${KEY}\u0000${KEY}`, 'a character in it that is no plain letter'],
    ['only line ends', '\n', 'only blanks or line ends'],
    ['its parts before they are encoded', 'YWJj:RlZg', 'a colon in it'],
  ])('is refused without being shown if it has %s', (_, given, found) => {
    const act = () => read(given);
    expect(act).toThrow(expect.objectContaining({ code: 'bad-key', message: expect.stringContaining(found) }));
    expect(act).toThrow(InputError);
    expect(act).not.toThrow(/YWJj|RlZg/);
  });
});

describe('ELASTICSEARCH_URL', () => {
  const read = (given: string | undefined) => readConnection({ ELASTICSEARCH_URL: given }).url;

  test.each([URL_OF_CLUSTER, ` ${URL_OF_CLUSTER}\n`])('is read without surrounding spaces (%j)', (given) => {
    expect(read(given)).toBe(`${URL_OF_CLUSTER}/`);
  });

  test.each([
    [undefined, 'nothing'],
    [' \n', 'nothing'],
    [`"${URL_OF_CLUSTER}"`, 'quotation marks'],
    ['https://es.exam\nple.org', 'a blank or line end inside it'],
    ['https://someone:secret@es.example.org', 'a user name or password'],
    ['es.example.org', 'without https://'],
    ['es.example.org:9200', 'without https://'],
    ['localhost:9200', 'without https://'],
    ['someone:secret@es.example.org', 'without https://'],
    ['ftp://es.example.org', 'of another kind'],
    ['https://', 'no address'],
  ])('is refused without being shown if it is %j', (given, found) => {
    const act = () => read(given);
    expect(act).toThrow(expect.objectContaining({ code: 'no-server-named', message: expect.stringContaining(found) }));
    expect(act).not.toThrow(/secret/);
  });

  test('gets advice to write https:// before the host if it is missing', () => {
    expect(() => read('es.example.org:9200')).toThrow(/Write https:\/\/ before the host/);
  });
});

describe('ELASTICSEARCH_CA', () => {
  test.each([
    ['a text that is cut off', '-----BEGIN CERTIFICATE-----\nMIIB'],
    ['line ends written as backslash and n', '-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----'],
    ['the path of such a file', fileWith('-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n')],
    ['such a path and a line end', `${fileWith('-----BEGIN CERTIFICATE-----')}\n`],
  ])('is refused if it contains %s', (_, given) => {
    const act = () => readConnection({ ELASTICSEARCH_URL: URL_OF_CLUSTER, ELASTICSEARCH_CA: given });
    expect(act).toThrow(
      expect.objectContaining({
        code: 'no-certificate',
        message: expect.stringContaining('begins like a certificate'),
      }),
    );
  });
});

test('ELASTICSEARCH_CA is not shown if it names no file, because it may be a key', () => {
  const act = () => readConnection({ ELASTICSEARCH_URL: URL_OF_CLUSTER, ELASTICSEARCH_CA: `${KEY}/secret` });
  expect(act).toThrow(expect.objectContaining({ code: 'no-certificate', message: expect.stringContaining('ENOENT') }));
  expect(act).toThrow(expect.not.objectContaining({ message: expect.stringMatching(/YWJj|secret/) }));
});

test('RETENTION_ARCHIVE is read without a line end after it', () => {
  expect(readArchiveLocation({ RETENTION_ARCHIVE: '/archive\n' })).toMatchObject({
    kind: 'folder',
    folder: '/archive',
  });
});

describe('WEBHOOK_SECRETS', () => {
  const read = (given: string | undefined) => readWebhookSecrets({ WEBHOOK_SECRETS: given });

  test('may contain one secret', () => {
    expect(read(SECRET)).toEqual([keyOf(SECRET)]);
  });

  test.each([' ', '\n', ' \r\n\t'])('may contain several secrets, separated by white space (%j)', (separator) => {
    expect(read(`${separator}${SECRET}${separator}${OTHER_SECRET}${separator}`)).toEqual([
      keyOf(SECRET),
      keyOf(OTHER_SECRET),
    ]);
  });

  test('may name a file with secrets, which is read each time', () => {
    const file = fileWith(`${SECRET}\n`);
    expect(read(file)).toEqual([keyOf(SECRET)]);
    writeFileSync(file, `${OTHER_SECRET}\n${SECRET}\n`);
    expect(read(file)).toEqual([keyOf(OTHER_SECRET), keyOf(SECRET)]);
  });

  test.each([24, 32, 64])('may contain keys of %i bytes', (bytes) => {
    expect(read(secretOf(bytes))[0]).toHaveLength(bytes);
  });

  test.each([
    ['is not set', undefined, 'nothing'],
    ['is empty', ' ', 'nothing'],
    ['names no file', join(folder, 'none'), 'ENOENT'],
    ['names a folder', folder, 'EISDIR'],
    ['names an empty file', fileWith('\n'), 'an empty file'],
    ['names a file of something else', fileWith('hello'), 'something else in place 1'],
    ['holds a secret without its prefix', SECRET.slice('whsec_'.length), 'ENOENT'],
    ['stands in quotation marks', `"${SECRET}"`, 'quotation marks around them'],
    ['holds one in quotation marks', `${SECRET} "${SECRET}"`, 'quotation marks around the one in place 2'],
    [
      'holds a key of zeros',
      `whsec_${Buffer.alloc(32).toString('base64')}`,
      'the same byte again and again in place 1',
    ],
    ['holds a key too short', secretOf(23), 'something else in place 1'],
    ['holds a key too long', secretOf(65), 'something else in place 1'],
    ['holds a key that is no base64', `whsec_${'*'.repeat(32)}`, 'something else in place 1'],
    ['holds a secret cut off', SECRET.slice(0, -1), 'something else in place 1'],
    ['holds a public key after a secret', `${SECRET} whpk_${'A'.repeat(32)}`, 'something else in place 2'],
  ])('is refused without being shown if it %s', (_, given, found) => {
    let refusal: unknown;
    try {
      read(given);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(InputError);
    expect(refusal).toMatchObject({ code: 'bad-webhook-secrets', message: expect.stringContaining(found) });
    expect(inspect(refusal)).not.toContain(SECRET.slice('whsec_'.length, -1));
  });
});

test('a file of webhook secrets that others can read is refused', () => {
  const file = fileWith(`${SECRET}  `);
  chmodSync(file, 0o644);
  expect(() => readWebhookSecrets({ WEBHOOK_SECRETS: file })).toThrow(
    expect.objectContaining({ code: 'open-to-others', message: expect.stringContaining(`chmod 600 ${file}`) }),
  );
});

describe('EVENT_BUS_NAME', () => {
  test('is read without surrounding spaces', () => {
    expect(readEventBus({ EVENT_BUS_NAME: ' es-retention ' })).toBe('es-retention');
  });

  test.each([undefined, '', ' '])('is refused if it is %j', (EVENT_BUS_NAME) => {
    const act = () => readEventBus({ ...(EVENT_BUS_NAME === undefined ? {} : { EVENT_BUS_NAME }) });
    expect(act).toThrow(expect.objectContaining({ code: 'no-bus-named' }));
  });
});
