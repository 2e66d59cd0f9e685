import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { pythonEnvironment } from '../support/deployment/python-environment.ts';
import { optionalTool, skipWithout } from '../support/run/optional-tool.ts';

const environment = skipWithout(await optionalTool(pythonEnvironment));
const folder = inject('packagedService');
const template = join(folder, 'cloudformation-template-update-stack.json');

/** W3005 warns of every `DependsOn` that osls writes beside a reference. */
const lint = (...files: string[]): Promise<{ code: unknown; output: string }> =>
  new Promise((resolve) => {
    const { python = '', script = (name: string) => name } = environment ?? {};
    execFile(python, ['-B', script('cfn-lint'), '-i', 'W3005', '--', ...files], (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: stdout + stderr }),
    );
  });

test('cfn-lint finds no fault in the templates', async () => {
  expect(await lint(template, join(folder, 'cloudformation-template-create-stack.json'))).toEqual({
    code: 0,
    output: '',
  });
});

test('cfn-lint finds a planted fault', async () => {
  const spoilt = mkdtempSync(join(tmpdir(), 'es-retention-spoilt-'));
  onTestFinished(() => rmSync(spoilt, { recursive: true }));
  const file = join(spoilt, 'template.json');
  writeFileSync(file, readFileSync(template, 'utf8').replace('"SqsManagedSseEnabled"', '"SqsManagedSse"'));
  const { code, output } = await lint(file);
  expect(code).not.toBe(0);
  expect(output).toContain('SqsManagedSse');
});
