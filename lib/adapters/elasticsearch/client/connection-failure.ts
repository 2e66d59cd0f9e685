import type { Explanation } from '../../../base/explanation.ts';

/** What a reader is told about a connection that failed. */
type Told = Pick<Explanation, 'found' | 'fix'>;

/** How undici says that no connection was made in time. */
export const isConnectTimeout = (message: string): boolean => message.startsWith('Connect Timeout Error');

const CHECK_URL =
  'Check ELASTICSEARCH_URL, the network, and the CA (ELASTICSEARCH_CA) if a private authority signed the certificate.';

/** What to check if an address takes requests and never answers, or does not even take a connection. */
export const CHECK_ADDRESS =
  'Check host and port in ELASTICSEARCH_URL, and that this machine may reach them: firewall, security group, VPN, proxy.';

/**
 * The messages of undici, Node and OpenSSL for the usual mistakes. The rest of such a message is of no use to a
 * reader.
 */
const KNOWN: readonly (readonly [message: RegExp, told: Told])[] = [
  [
    /wrong version number|packet length too long|EPROTO/,
    {
      found: 'a server that does not speak TLS, at an address that begins with https://',
      fix: 'Check the port. If that server really speaks http, write http:// into ELASTICSEARCH_URL: it is accepted for this machine, and for the hosts in PLAIN_HTTP_HOSTS.',
    },
  ],
  [
    /other side closed|socket hang up/,
    {
      found: 'that the server closed the connection without an answer',
      fix: 'If ELASTICSEARCH_URL begins with http://, the server may expect https://. Otherwise look at its log, and at the proxy in front of it.',
    },
  ],
  [
    /self-signed certificate|unable to (?:get|verify)/,
    {
      found: 'a certificate that no authority known to this machine has signed',
      fix: 'Set ELASTICSEARCH_CA to the certificate of the authority that signed it (for a cluster that made its own: config/certs/http_ca.crt).',
    },
  ],
  [
    /altnames/,
    {
      found: 'a certificate for another host name',
      fix: 'Write the host into ELASTICSEARCH_URL as the certificate names it.',
    },
  ],
  [
    /certificate has expired/,
    {
      found: 'a certificate that has expired',
      fix: 'Renew the certificate of the cluster, and check the clock of this machine.',
    },
  ],
  [
    /certificate is not yet valid/,
    {
      found: 'a certificate that is not valid yet',
      fix: 'Check the clock of this machine, and the certificate of the cluster.',
    },
  ],
];

/**
 * Explains why no connection was made, or why it broke.
 * @param message of the client's error.
 */
export const connectionFailure = (message: string): Told => {
  const known = KNOWN.find(([pattern]) => pattern.test(message));
  return known?.[1] ?? { found: message.replace(/ - Local: .*$/, ''), fix: CHECK_URL };
};
