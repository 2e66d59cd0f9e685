import type { Environment } from '../../base/environment.ts';
import { InputError } from '../../base/errors.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { parseInstant } from '../../policy/time/instant.ts';
import { flawOfText } from '../files/text-flaw.ts';

/** The credentials for the cluster: a key, a user, or nothing if the cluster does not require any. */
export interface Credentials {
  /** The encoded API key, in the form that `_security/api_key` returns. */
  readonly apiKey?: string;
  /** When the API key expires, if the configuration says so. */
  readonly apiKeyExpiresAt?: Instant;
  readonly user?: Readonly<{ username: string; password: string }>;
}

/** How to reach the cluster. */
export interface Connection extends Credentials {
  /** `https://…`, or `http://` for a server on this machine. */
  readonly url: string;
  /** PEM text of a private certificate authority. */
  readonly ca?: string;
}

/** No part of the key is repeated. */
const badKey = (found: string): InputError =>
  new InputError('bad-key', {
    expected:
      'ELASTICSEARCH_API_KEY to hold an encoded API key: one word, without quotes, or {"encoded": …, "expiresAt": …} as setup --keys writes it',
    found,
    fix: 'Set it to the field "encoded" of the answer to POST /_security/api_key, or to such a file\'s text.',
  });

/** The fault of a key in its decoded form. */
const flawOfKey = (key: string): string | undefined =>
  key.includes(':') ? 'a colon in it, as between the fields "id" and "api_key"' : undefined;

const readEncoded = (key: string): string => {
  const found = key === '' ? 'only blanks or line ends' : (flawOfText(key) ?? flawOfKey(key));
  if (found === undefined) return key;
  throw badKey(found);
};

const parsed = (text: string): Readonly<Record<string, unknown>> => {
  try {
    return JSON.parse(text);
  } catch {
    throw badKey('a text that begins as JSON and is none');
  }
};

/** A key as `setup --keys` writes it, with its expiry. */
const readKeyWithEnd = (text: string): Credentials => {
  const { encoded, expiresAt } = parsed(text);
  if (typeof encoded !== 'string') throw badKey('JSON without a text "encoded"');
  const apiKey = readEncoded(encoded);
  if (expiresAt === undefined) return { apiKey };
  const end = typeof expiresAt === 'string' ? parseInstant(expiresAt) : undefined;
  if (end === undefined) throw badKey('an "expiresAt" that is no instant (ISO 8601)');
  return { apiKey, apiKeyExpiresAt: end };
};

const badUser = (found: string): InputError =>
  new InputError('bad-user', {
    expected: 'ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD together, or an API key instead',
    found,
    fix: 'Set both, and leave ELASTICSEARCH_API_KEY out; or leave both out.',
  });

const readUser = (username: string, password: string): Credentials => {
  if (username === '') throw badUser('a password without a user name');
  if (password === '') throw badUser('a user name without a password');
  if (username.includes(':')) throw badUser('a user name with a colon in it');
  return { user: { username, password } };
};

/**
 * The credentials for the cluster, from `ELASTICSEARCH_API_KEY`, or from `ELASTICSEARCH_USERNAME` and
 * `ELASTICSEARCH_PASSWORD`.
 * @throws InputError `bad-key`, `bad-user`
 */
export const readCredentials = ({
  ELASTICSEARCH_API_KEY,
  ELASTICSEARCH_USERNAME = '',
  ELASTICSEARCH_PASSWORD = '',
}: Environment): Credentials => {
  const username = ELASTICSEARCH_USERNAME.trim();
  const password = ELASTICSEARCH_PASSWORD.replace(/[\r\n]+$/, '');
  if (username !== '' || password !== '') {
    if (ELASTICSEARCH_API_KEY) throw badUser('an API key and a user at once');
    return readUser(username, password);
  }
  if (!ELASTICSEARCH_API_KEY) return {};
  const key = ELASTICSEARCH_API_KEY.trim();
  return key.startsWith('{') ? readKeyWithEnd(key) : { apiKey: readEncoded(key) };
};
