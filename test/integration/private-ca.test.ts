import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { cliFixture } from './cli/command-line.ts';

const OPENSSL = 'openssl';
const missing = spawnSync(OPENSSL, ['version']).error;
if (missing) console.warn(`The private CA is not tested: openssl, which makes its certificates, ${missing.message}`);

const folder = mkdtempSync(join(tmpdir(), 'es-retention-ca-'));
const file = (name: string): string => join(folder, name);
const openssl = (...args: string[]) => execFileSync(OPENSSL, args, { cwd: folder, stdio: 'pipe' });
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

const makeAuthority = (name: string): void => {
  openssl(
    'req',
    '-x509',
    ...KEY,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.pem`,
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
  );
};

const makeCertificate = (authority: string): void => {
  openssl('req', ...KEY, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=elasticsearch');
  writeFileSync(file('names.cnf'), 'subjectAltName=IP:127.0.0.1\n');
  const signedBy = ['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`, '-CAcreateserial'];
  openssl(
    'x509',
    '-req',
    '-in',
    'server.csr',
    ...signedBy,
    '-days',
    '2',
    '-extfile',
    'names.cnf',
    '-out',
    'server.pem',
  );
};

/** Passes everything on to the run's server, which itself speaks no TLS. */
const proxy = () =>
  createServer({ key: readFileSync(file('server.key')), cert: readFileSync(file('server.pem')) }, (from, to) => {
    const { method, headers, url = '/' } = from;
    const onward = request(new URL(url, inject('elasticsearchUrl')), { method, headers }, (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(to);
    });
    onward.on('error', () => to.destroy());
    from.pipe(onward);
  });

describe.skipIf(missing)('a cluster with a private certificate authority', () => {
  let server: ReturnType<typeof proxy>;
  let url: string;

  beforeAll(async () => {
    makeAuthority('ours');
    makeAuthority('another');
    makeCertificate('ours');
    server = proxy();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const verify = (ca?: string) =>
    cliFixture().start(['verify', '--json', '--allow-empty'], {
      ELASTICSEARCH_URL: url,
      ...(ca === undefined ? {} : { ELASTICSEARCH_CA: ca }),
    }).ended;

  test.each([
    ['the path of its file', () => file('ours.pem')],
    ['its PEM text', () => readFileSync(file('ours.pem'), 'utf8')],
  ])('is reached when ELASTICSEARCH_CA contains %s', async (_, ca) => {
    const { code, stdout } = await verify(ca());
    expect(JSON.parse(stdout)).toMatchObject({ command: 'verify', cluster: { host: new URL(url).host } });
    expect(code).toBe(0);
  });

  test.each([
    ['another authority', () => file('another.pem')],
    ['nothing', () => undefined],
  ])('is not reached when ELASTICSEARCH_CA contains %s, and the message names the variable', async (_, ca) => {
    const { code, stdout, stderr } = await verify(ca());
    expect(stdout + stderr).toMatch(/no-server/);
    expect(stdout + stderr).toMatch(/certificate/);
    expect(stdout + stderr).toContain('ELASTICSEARCH_CA');
    expect(code).toBe(1);
  });

  test('is not contacted when ELASTICSEARCH_CA names an unreadable file', async () => {
    const { code, stdout, stderr } = await verify(file('no-such.pem'));
    expect(stdout + stderr).toContain('no-certificate');
    expect(stdout + stderr).toContain('ENOENT');
    expect(code).toBe(2);
  });

  test('is not contacted when ELASTICSEARCH_CA names a file without a certificate, such as the key', async () => {
    const { code, stdout, stderr } = await verify(file('ours.key'));
    expect(stdout + stderr).toContain('no-certificate');
    expect(stdout + stderr).toContain('ours.key');
    expect(code).toBe(2);
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));
