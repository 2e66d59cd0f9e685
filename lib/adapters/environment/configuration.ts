import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Environment } from '../../base/environment.ts';
import { InputError } from '../../base/errors.ts';
import type { Explanation } from '../../base/explanation.ts';
import type { CopyOrigin } from '../archive/seal-copy.ts';
import { readSecrets } from '../crypto/webhook-secrets.ts';
import type { WebhookSecrets } from '../crypto/webhook-signature.ts';
import { flawOfText } from '../files/text-flaw.ts';
import { type Connection, readCredentials } from './credentials.ts';
import { assertEncrypted, assertSafeTransport } from './transport.ts';

/** What is wrong with a URL, and the fix. The URL is not repeated, since it may contain a password. */
type UrlFlaw = Pick<Explanation, 'found' | 'fix'>;

const ADDRESS_ALONE =
  'Set it to the address alone; credentials go into ELASTICSEARCH_API_KEY, or ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD.';
const WITH_SCHEME =
  'Write https:// before the host, or http:// for a server on this machine: https://es.example.org:9200.';

/** @returns undefined if nothing is wrong. */
const flawOfUrl = (url: string): UrlFlaw | undefined => {
  if (url === '') return { found: 'nothing', fix: ADDRESS_ALONE };
  const flaw = flawOfText(url);
  if (flaw !== undefined) return { found: `an address with ${flaw}`, fix: ADDRESS_ALONE };
  if (!/^https?:\/\//i.test(url))
    return {
      found: url.includes('://') ? 'an address of another kind' : 'an address without https:// before it',
      fix: WITH_SCHEME,
    };
  const parsed = URL.parse(url);
  if (parsed === null) return { found: 'https:// and no address that can be read', fix: ADDRESS_ALONE };
  return parsed.username + parsed.password === ''
    ? undefined
    : { found: 'an address with a user name or password in it', fix: ADDRESS_ALONE };
};

/** Whether `ELASTICSEARCH_URL` names anything, be it an address or a mistake. */
export const isServerNamed = (environment: Environment): boolean => Boolean(environment.ELASTICSEARCH_URL?.trim());

const readUrl = (environment: Environment): string => {
  const url = environment.ELASTICSEARCH_URL?.trim() ?? '';
  const flaw = flawOfUrl(url);
  if (flaw === undefined) {
    assertEncrypted(new URL(url), 'ELASTICSEARCH_URL', environment);
    return new URL(url).href;
  }
  throw new InputError('no-server-named', {
    expected: 'ELASTICSEARCH_URL to hold an address such as https://es.example.org:9200',
    ...flaw,
  });
};

const isPem = (text: string): boolean => text.includes('-----BEGIN CERTIFICATE-----');

const noCertificate = (found: string): InputError =>
  new InputError('no-certificate', {
    expected: 'ELASTICSEARCH_CA to hold a PEM certificate, or the path of a file that holds this',
    found,
    fix: "Name the file of the authority that signed the cluster's certificate, in PEM form.",
  });

const readFile = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // Neither the path nor the system's message is repeated: somebody may have given a key instead of a path.
    throw noCertificate(`a path that cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'})`);
  }
};

/** If the file has no certificate, Node trusts no server, and does not say why. */
const assertCertificate = (text: string, where: string): string => {
  if (!isPem(text)) throw noCertificate(`no certificate in ${where}`);
  try {
    new X509Certificate(text);
    return text;
  } catch {
    throw noCertificate(`a text in ${where} that begins like a certificate and is none`);
  }
};

const readCertificate = (environment: Environment): { readonly ca?: string } => {
  const ca = environment.ELASTICSEARCH_CA?.trim();
  if (!ca) return {};
  return { ca: isPem(ca) ? assertCertificate(ca, 'the variable') : assertCertificate(readFile(ca), `the file ${ca}`) };
};

/** The parts of {@link readConnection}, to be tried one by one, so that no mistake hides another. */
export const connectionParts = (environment: Environment): readonly (() => unknown)[] => [
  () => assertSafeTransport(environment),
  () => readUrl(environment),
  () => readCredentials(environment),
  () => readCertificate(environment),
];

/**
 * How to reach the cluster, from `ELASTICSEARCH_URL`, `ELASTICSEARCH_CA`, and a key or a user and password. Only seven
 * files of `lib/adapters` read the environment; docs/decisions/0009 names them and the reason. Spaces and line ends
 * around a value are removed, since files and secrets often contain them.
 * @throws InputError `no-server-named`, `bad-key`, `bad-user`, `no-certificate`, `plain-http`, `certificates-unchecked`
 */
export const readConnection = (environment: Environment = process.env): Connection => {
  assertSafeTransport(environment);
  return { url: readUrl(environment), ...readCredentials(environment), ...readCertificate(environment) };
};

/**
 * The bus for events, from `EVENT_BUS_NAME`: a name or an ARN.
 * @throws InputError `no-bus-named`, `plain-http`, `certificates-unchecked`
 */
export const readEventBus = (environment: Environment = process.env): string => {
  assertSafeTransport(environment);
  const bus = environment.EVENT_BUS_NAME?.trim();
  if (bus) return bus;
  throw new InputError('no-bus-named', {
    expected: 'EVENT_BUS_NAME to hold the name or ARN of an event bus',
    found: 'nothing',
    fix: 'Set it to the name of the bus. The bus that every AWS account has in each region is named "default".',
  });
};

/**
 * The keys that sign webhooks, from `WEBHOOK_SECRETS`: `whsec_…`, several during a rotation, or the path of a file with
 * them.
 * @throws InputError `bad-webhook-secrets`
 */
export const readWebhookSecrets = (environment: Environment = process.env): WebhookSecrets =>
  readSecrets(environment.WEBHOOK_SECRETS?.trim() ?? '');

/** The place of the archive: a local folder, or a prefix in an S3 bucket. */
export type ArchiveLocation =
  | { readonly kind: 'folder'; readonly folder: string; readonly origin?: CopyOrigin }
  | {
      readonly kind: 'bucket';
      readonly bucket: string;
      /** Without a slash at either end; empty for the whole bucket. */
      readonly prefix: string;
      /**
       * Whether requests put the bucket into the path, which substitutes for S3 need. True if `AWS_ENDPOINT_URL` is
       * set.
       */
      readonly pathStyle: boolean;
      readonly origin?: CopyOrigin;
    };

const BUCKET = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([\w!.*'()/-]*))?$/;
const CREDENTIALS = /^[^/]*:[^/]*@/;
const QUOTED = /^["'`\u2018\u201c]/;
const OTHER_SCHEME = /^[a-z][a-z0-9+.-]+:\/\//i;

const noArchive = (code: string, found: string): InputError =>
  new InputError(code, {
    expected: 'RETENTION_ARCHIVE to hold s3://bucket/prefix, or the path of a folder',
    found,
    fix: 'Name a place outside the cluster: the copies there must survive a restoration of the cluster.',
  });

/** Whether `RETENTION_ARCHIVE` is set. */
export const hasArchive = (environment: Environment = process.env): boolean => Boolean(environment.RETENTION_ARCHIVE);

/**
 * The place for copies outside the cluster, from `RETENTION_ARCHIVE`, and their stage, from `DEPLOYMENT_STAGE`.
 * @throws InputError `no-archive`, `bad-archive`, `plain-http`, `certificates-unchecked`
 */
export const readArchiveLocation = (environment: Environment = process.env): ArchiveLocation => {
  assertSafeTransport(environment);
  const { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3, DEPLOYMENT_STAGE } = environment;
  const stage = DEPLOYMENT_STAGE ? { stage: DEPLOYMENT_STAGE } : {};
  const place = environment.RETENTION_ARCHIVE?.trim();
  if (!place) throw noArchive('no-archive', 'nothing');
  const [, bucket, prefix = ''] = BUCKET.exec(place) ?? [];
  if (bucket !== undefined) {
    const pathStyle = Boolean(AWS_ENDPOINT_URL || AWS_ENDPOINT_URL_S3);
    const trimmed = prefix.replace(/^\/+|\/+$/g, '');
    // In the bucket, each function has a folder named after its category.
    const category = trimmed.split('/').at(-1);
    return { kind: 'bucket', bucket, prefix: trimmed, pathStyle, origin: { ...stage, ...(category && { category }) } };
  }
  // The value is not repeated: it may contain a password.
  if (OTHER_SCHEME.test(place)) throw noArchive('bad-archive', 'an address of another kind');
  if (CREDENTIALS.test(place)) throw noArchive('bad-archive', 'what looks like a user name and a password');
  if (QUOTED.test(place)) throw noArchive('bad-archive', 'quotation marks around it');
  return { kind: 'folder', folder: place, origin: stage };
};
