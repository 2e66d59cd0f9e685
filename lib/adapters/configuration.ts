import { readFileSync } from 'node:fs';
import { InputError, messageOf } from '../purge/errors.ts';
import type { Connection } from './elasticsearch/client.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const readUrl = (url: string | undefined): string => {
  const parsed = url === undefined ? null : URL.parse(url);
  if (parsed !== null && ['http:', 'https:'].includes(parsed.protocol) && parsed.username + parsed.password === '')
    return parsed.href;
  throw new InputError('no-server-named', {
    expected: 'ELASTICSEARCH_URL to hold an address such as https://es.example.org:9200',
    found: !url ? 'nothing' : 'something else, or an address with a user name or password in it',
    wayOut: 'Set it; credentials go into ELASTICSEARCH_API_KEY.',
  });
};

const isPem = (text: string): boolean => text.includes('-----BEGIN CERTIFICATE-----');

const noCertificate = (found: string, cause?: unknown): InputError =>
  new InputError(
    'no-certificate',
    {
      expected: 'ELASTICSEARCH_CA to hold a PEM certificate, or the path of a file that does',
      found,
      wayOut: 'Name the file of the authority that signed the cluster’s certificate, in PEM form.',
    },
    cause,
  );

const readFile = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw noCertificate(messageOf(error), error);
  }
};

const readCertificate = (ca: string): string => {
  if (isPem(ca)) return ca;
  const text = readFile(ca);
  // Node takes what holds no certificate for "trust nobody", and only says that it trusts nobody.
  if (!isPem(text)) throw noCertificate(`no certificate in the file ${ca}`);
  return text;
};

/**
 * How to reach the cluster, from `ELASTICSEARCH_URL`, `ELASTICSEARCH_API_KEY` and `ELASTICSEARCH_CA`. This file and
 * `policy-file.ts` are the only readers of the environment.
 * @throws InputError `no-server-named`, `no-certificate`
 */
export const readConnection = (environment: Environment = process.env): Connection => {
  const { ELASTICSEARCH_URL, ELASTICSEARCH_API_KEY, ELASTICSEARCH_CA } = environment;
  return {
    url: readUrl(ELASTICSEARCH_URL),
    ...(ELASTICSEARCH_API_KEY ? { apiKey: ELASTICSEARCH_API_KEY } : {}),
    ...(ELASTICSEARCH_CA ? { ca: readCertificate(ELASTICSEARCH_CA) } : {}),
  };
};
