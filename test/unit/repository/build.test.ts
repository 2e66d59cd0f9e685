import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

/** A file of the bundle, and those that it imports at its start. */
const loadedAtOnce = (file: string): readonly string[] => [
  file,
  ...[...readFileSync(file, 'utf8').matchAll(/\b(?:from|import)"\.\/([\w.-]+\.mjs)"/g)].flatMap(([, name = '']) =>
    loadedAtOnce(join(dirname(file), name)),
  ),
];

test('the bundle runs as the command line, and its source maps name our files', () => {
  const root = mkdtempSync(join(tmpdir(), 'es-retention-build-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const each of ['bin', 'lib', 'scripts', 'deploy', 'package.json', 'retention-policy.yml'])
    cpSync(each, join(root, each), { recursive: true, preserveTimestamps: true });
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs')]);
  const inputs: readonly (readonly [string])[] = JSON.parse(readFileSync(join(root, 'dist', 'inputs.json'), 'utf8'));
  const files = inputs.map(([file]) => file);
  expect(files).toEqual(expect.arrayContaining(['package.json', 'lib/cli/main.ts', 'lib/purge/execute/drop-index.ts']));
  rmSync(join(root, 'lib', 'purge'), { recursive: true });
  const bundle = join(root, 'dist', 'es-retention.mjs');
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(execFileSync(process.execPath, [bundle, '--version'], { encoding: 'utf8' })).toBe(`${version}\n`);
  // What is loaded late is there: the client of the queue gets as far as the network.
  const env = {
    ...process.env,
    DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1:9/q',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
  };
  expect(spawnSync(process.execPath, [bundle, 'redrive'], { env, encoding: 'utf8' }).stderr).toContain('ECONNREFUSED');
  const sources = globSync(join(root, 'dist', '*.map')).flatMap((map) => JSON.parse(readFileSync(map, 'utf8')).sources);
  expect(sources).toContain('../lib/purge/execute/drop-index.ts');
  // What takes most of the time of a start is loaded only by commands that need it.
  const atOnce = loadedAtOnce(bundle).map((file) => readFileSync(file, 'utf8'));
  expect(atOnce.join('')).toContain('commander');
  expect(atOnce.filter((text) => text.includes('@elastic/transport'))).toEqual([]);
});

test('no code imports a package dynamically, since the bundle would have only its default export', () => {
  const files = globSync('{lib,functions}/**/*.ts');
  const late = files.filter((file) => /\bimport\(\s*'(?!\.|node:)/.test(readFileSync(file, 'utf8')));
  expect(files.length).toBeGreaterThan(500);
  expect(late).toEqual([]);
});
