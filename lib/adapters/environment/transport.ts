import type { Environment } from '../../base/environment.ts';
import { InputError } from '../../base/errors.ts';

/** https://nodejs.org/api/cli.html#node_tls_reject_unauthorizedvalue */
const assertCertificatesChecked = ({ NODE_TLS_REJECT_UNAUTHORIZED }: Environment): void => {
  if (NODE_TLS_REJECT_UNAUTHORIZED !== '0') return;
  throw new InputError('certificates-unchecked', {
    expected: 'Node to check the certificates of servers',
    found:
      'NODE_TLS_REJECT_UNAUTHORIZED=0, with which anybody can pretend to be the cluster and read keys and documents',
    fix: 'Unset it. For the certificate of a private authority set ELASTICSEARCH_CA, or NODE_EXTRA_CA_CERTS for AWS.',
  });
};

/** Loopback hosts as the URL standard normalises them: `127.1` and `0x7f.1` become 127.0.0.1. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\])$/;

const plainHosts = ({ PLAIN_HTTP_HOSTS = '' }: Environment): readonly string[] =>
  PLAIN_HTTP_HOSTS.split(/[\s,]+/).map((host) => host.toLowerCase());

/**
 * Checks that a connection is encrypted: https, or plain http to this machine, or to a host in `PLAIN_HTTP_HOSTS`
 * (several with commas, without ports).
 * @param variable that holds the address, for the message.
 * @throws InputError `plain-http`
 */
export const assertEncrypted = (address: URL, variable: string, environment: Environment): void => {
  const { protocol, hostname } = address;
  if (protocol !== 'http:' || LOOPBACK.test(hostname) || plainHosts(environment).includes(hostname)) return;
  throw new InputError('plain-http', {
    expected: `${variable} to hold an https address, because keys and personal data are sent there`,
    found: `http to the host ${hostname}, which is not this machine`,
    fix: `Use https. If the connection to that host is protected in another way, set PLAIN_HTTP_HOSTS=${hostname} (in a deployment --param="plainHttpHosts=${hostname}").`,
  });
};

const ENDPOINT = /^AWS_ENDPOINT_URL(?:_[A-Z0-9_]+)?$/;

/**
 * Checks that no environment variable switches off the encryption or its certificate checks.
 * @throws InputError `certificates-unchecked`, `plain-http`
 */
export const assertSafeTransport = (environment: Environment = process.env): void => {
  assertCertificatesChecked(environment);
  for (const [name, value = ''] of Object.entries(environment)) {
    const address = ENDPOINT.test(name) ? URL.parse(value) : null;
    if (address !== null) assertEncrypted(address, name, environment);
  }
};
