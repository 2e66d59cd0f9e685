import { readFileSync } from 'node:fs';
import { InputError, messageOf } from '../purge/errors.ts';
import type { Connection } from './elasticsearch/client.ts';
import { readSecrets } from './webhook-secrets.ts';
import type { WebhookSecrets } from './webhook-signature.ts';

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
 * How to reach the cluster, from `ELASTICSEARCH_URL`, `ELASTICSEARCH_API_KEY` and `ELASTICSEARCH_CA`. Of `lib` only six files of
 * this folder read the environment: docs/decisions/0009 names them, and says why.
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

/**
 * The bus that events go to, from `EVENT_BUS_NAME`: a name or an ARN.
 * @throws InputError `no-bus-named`
 */
export const readEventBus = (environment: Environment = process.env): string => {
  const bus = environment.EVENT_BUS_NAME?.trim();
  if (bus) return bus;
  throw new InputError('no-bus-named', {
    expected: 'EVENT_BUS_NAME to hold the name or ARN of an event bus',
    found: 'nothing',
    wayOut: 'Set it; the bus of the account and region is called default.',
  });
};

/**
 * The keys that webhooks are signed with, from `WEBHOOK_SECRETS`: `whsec_…`, several while they are rotated, or the
 * path of a file that holds them.
 * @throws InputError `bad-webhook-secrets`
 */
export const readWebhookSecrets = (environment: Environment = process.env): WebhookSecrets =>
  readSecrets(environment.WEBHOOK_SECRETS?.trim() ?? '');

/** Where the archive lies: a folder of ours, or a place in an S3 bucket. */
export type ArchiveLocation =
  | { readonly kind: 'folder'; readonly folder: string }
  | {
      readonly kind: 'bucket';
      readonly bucket: string;
      /** Without a slash at either end; empty for the whole bucket. */
      readonly prefix: string;
      /** Whether buckets are part of the path, as stand-ins for S3 want it; true where `AWS_ENDPOINT_URL` names one. */
      readonly pathStyle: boolean;
    };

const BUCKET = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([\w!.*'()/-]*))?$/;
const OTHER_SCHEME = /^[a-z][a-z0-9+.-]+:\/\//i;

const noArchive = (code: string, found: string): InputError =>
  new InputError(code, {
    expected: 'RETENTION_ARCHIVE to hold s3://bucket/prefix, or the path of a folder',
    found,
    wayOut:
      'Name a place outside the cluster that outlives it: copies of what was erased must survive its restoration.',
  });

/**
 * Where copies are kept that survive the cluster, from `RETENTION_ARCHIVE`.
 * @throws InputError `no-archive`, `bad-archive`
 */
export const readArchiveLocation = (environment: Environment = process.env): ArchiveLocation => {
  const { RETENTION_ARCHIVE: place, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 } = environment;
  if (!place) throw noArchive('no-archive', 'nothing');
  const [, bucket, prefix = ''] = BUCKET.exec(place) ?? [];
  if (bucket !== undefined) {
    const pathStyle = Boolean(AWS_ENDPOINT_URL || AWS_ENDPOINT_URL_S3);
    return { kind: 'bucket', bucket, prefix: prefix.replace(/^\/+|\/+$/g, ''), pathStyle };
  }
  if (OTHER_SCHEME.test(place)) throw noArchive('bad-archive', `"${place}"`);
  return { kind: 'folder', folder: place };
};
