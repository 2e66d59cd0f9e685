import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { pythonEnvironment } from '../support/deployment/python-environment.ts';
import { optionalTool, skipWithout } from '../support/run/optional-tool.ts';

const environment = skipWithout(await optionalTool(() => pythonEnvironment('recipe-requirements.txt')));
const file = (name: string): string => join('deploy/recipes', name);

const run = (command: string, ...args: string[]): Promise<{ code: unknown; output: string }> =>
  new Promise((done) => {
    execFile(command, args, (error, stdout, stderr) => done({ code: error?.code ?? 0, output: stdout + stderr }));
  });

const script = (name: string): string => environment?.script(name) ?? '';

/** The recipe, spoilt, in a file of its own. */
const spoilt = (name: string, from: string, to: string): string => {
  const text = readFileSync(file(name), 'utf8');
  expect(text).toContain(from);
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-recipe-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, name), text.replace(from, to));
  return join(folder, name);
};

test('hadolint finds a planted fault, but none in the Dockerfile', async () => {
  expect(await run(script('hadolint'), file('Dockerfile'))).toEqual({ code: 0, output: '' });
  const fault = await run(script('hadolint'), spoilt('Dockerfile', 'FROM node:24.21.0-slim\n', 'FROM node:latest\n'));
  expect(fault).toMatchObject({ code: 1, output: expect.stringContaining('DL3007') });
});

test('the manifest fits the schemas of Kubernetes, and a planted fault does not', async () => {
  const validate = (name: string) =>
    run(environment?.python ?? '', '-B', script('kubernetes-validate'), '--strict', '-k', '1.31', name);
  expect(await validate(file('kubernetes.yml'))).toMatchObject({ code: 0 });
  const fault = await validate(spoilt('kubernetes.yml', 'concurrencyPolicy: Forbid', 'concurrentPolicy: Forbid'));
  expect(fault).toMatchObject({ code: 1, output: expect.stringContaining('concurrentPolicy') });
});

test('the script write-gauges has valid shell syntax', () => {
  const { status, stderr } = spawnSync('sh', ['-n', file('write-gauges')]);
  expect([status, stderr.toString()]).toEqual([0, '']);
});
