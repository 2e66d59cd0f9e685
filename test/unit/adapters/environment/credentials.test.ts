import { expect, test } from 'vitest';
import { readCredentials } from '../../../../lib/adapters/environment/credentials.ts';

const KEY = 'YWJjOmRlZg==';
const AT = '2027-02-26T14:30:43.170Z';
const read = (key: string) => readCredentials({ ELASTICSEARCH_API_KEY: key });

test('an API key is read with or without its expiry', () => {
  const text = `${JSON.stringify({ encoded: KEY, expiresAt: AT })}\n`;
  expect(read(text)).toEqual({ apiKey: KEY, apiKeyExpiresAt: Date.parse(AT) });
  expect(read(JSON.stringify({ encoded: KEY }))).toEqual({ apiKey: KEY });
  expect(read(KEY)).toEqual({ apiKey: KEY });
});

test.each([
  ['a text that begins as JSON', `{"encoded": "${KEY}"`, 'begins as JSON'],
  ['no key', `{"api_key": "${KEY}"}`, 'without a text "encoded"'],
  ['a key that is no text', '{"encoded": 7}', 'without a text "encoded"'],
  ['an end that is a number', `{"encoded": "${KEY}", "expiresAt": 7}`, 'no instant'],
  ['an end that is no instant', `{"encoded": "${KEY}", "expiresAt": "soon"}`, 'no instant'],
  ['a key in quotes', `{"encoded": "'${KEY}'"}`, 'quotation marks'],
])('an API key that is %s is refused without being shown', (_, given, found) => {
  const act = () => read(given);
  expect(act).toThrow(expect.objectContaining({ code: 'bad-key', message: expect.stringContaining(found) }));
  expect(act).not.toThrow(/YWJj/);
});

test('a user is read with a password, from which only line ends are removed', () => {
  expect(readCredentials({ ELASTICSEARCH_USERNAME: ' elastic\n', ELASTICSEARCH_PASSWORD: ' pass word \r\n' })).toEqual({
    user: { username: 'elastic', password: ' pass word ' },
  });
  expect(readCredentials({})).toEqual({});
});

test.each([
  ['without a password', { ELASTICSEARCH_USERNAME: 'elastic' }],
  ['without a name', { ELASTICSEARCH_PASSWORD: 'secret' }],
  ['beside a key', { ELASTICSEARCH_USERNAME: 'elastic', ELASTICSEARCH_PASSWORD: 'secret', ELASTICSEARCH_API_KEY: KEY }],
  ['with a colon in the name', { ELASTICSEARCH_USERNAME: 'a:b', ELASTICSEARCH_PASSWORD: 'secret' }],
])('a user %s is refused', (_, environment) => {
  const act = () => readCredentials(environment);
  expect(act).toThrow(expect.objectContaining({ code: 'bad-user' }));
  expect(act).not.toThrow(/secret|YWJj/);
});
