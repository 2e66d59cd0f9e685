import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assertSameCategories } from '../../deploy/service/function-check.ts';
import { readServiceFiles } from '../../deploy/service/service-files.ts';
import { parseRetentionPolicy } from '../../lib/policy/parsing/parse-retention-policy.ts';
import { type Loose, readTemplate } from '../support/deployment/compiled-template.ts';
import { packagerCaches, withoutCategories } from '../support/deployment/service-folder.ts';
import { withoutCode } from '../support/deployment/without-code.ts';

const POLICY = readFileSync('test/support/policy/other-policy.yml', 'utf8');
const LEFT_OUT = ['node_modules', '.git', '.serverless', '.package', 'coverage'];
const BINARIES = resolve('node_modules', '.bin');

let root: string;

interface Done {
  readonly code: number;
  readonly text: string;
}

const run = (command: string, ...args: readonly string[]): Done => {
  const env = {
    PATH: `${BINARIES}${delimiter}${process.env.PATH}`,
    HOME: root,
    SLS_NOTIFICATIONS_MODE: 'off',
    ...packagerCaches(),
  };
  try {
    return { code: 0, text: execFileSync(command, args, { cwd: root, env, encoding: 'utf8', stdio: 'pipe' }) };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
    return { code: status, text: `${stdout}${stderr}` };
  }
};

const addCategory = (id: string): Done => run('node', 'scripts/add-category.ts', id);

const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const write = (name: string, text: string): void => writeFileSync(join(root, name), text);
const purgeFiles = (): readonly string[] =>
  readdirSync(join(root, 'functions')).filter((name) => name.startsWith('purge-'));

/** Every file that add-category may touch, by name. */
const service = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [
      'serverless.yml',
      'retention-policy.yml',
      ...readdirSync(join(root, 'functions')).map((name) => `functions/${name}`),
    ].map((name) => [name, read(name)]),
  );

// The repository, of which the policy and the functions are replaced.
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'es-retention-other-'));
  for (const name of readdirSync('.').filter((each) => !LEFT_OUT.includes(each)))
    cpSync(name, join(root, basename(name)), { recursive: true });
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  withoutCategories(root);
  write('retention-policy.yml', POLICY);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a service with three other categories', () => {
  test('is refused without its functions, with the command that adds each', () => {
    expect(() => assertSameCategories(parseRetentionPolicy(POLICY, 'p.yml'), readServiceFiles(root))).toThrow(
      'Run: npm run add-category -- app-logs && npm run add-category -- orders && npm run add-category -- profiles.',
    );
  });

  test('gets its functions by add-category, which does not change the policy', () => {
    expect(purgeFiles()).toEqual([]);
    for (const id of ['app-logs', 'orders', 'profiles']) expect(addCategory(id)).toMatchObject({ code: 0 });
    expect(purgeFiles().toSorted()).toEqual(['purge-app-logs.ts', 'purge-orders.ts', 'purge-profiles.ts']);
    expect(read('retention-policy.yml')).toBe(POLICY);
  });

  test('stays unchanged if add-category refuses a repeated or misspelt category', () => {
    const before = service();
    const again = addCategory('orders');
    expect(again).toMatchObject({ code: 1, text: expect.stringContaining('it is there already') });
    const slip = addCategory('order');
    expect(slip).toMatchObject({ code: 1, text: expect.stringContaining('found "order" (did you mean orders?)') });
    expect(service()).toEqual(before);
  });

  test('passes lint and the rules of the architecture', () => {
    // Without the rules for which Biome reads the whole repository.
    const skipped = ['--skip=suspicious/noImportCycles', '--skip=nursery/noFloatingPromises'];
    expect(run('biome', 'check', ...skipped, 'functions')).toMatchObject({ code: 0 });
    expect(run('node', 'scripts/architecture.ts')).toMatchObject({
      code: 0,
      text: expect.stringContaining(' 0 violations'),
    });
  });

  test('is packaged with a schedule for each function, and delivers terminations by its policy', () => {
    withoutCode({ path: root });
    const packaging = ['package', '--package', '.packaged', '--param=elasticsearchUrl=https://es.example.org'];
    expect(run('node', 'node_modules/serverless/bin/serverless.js', ...packaging)).toMatchObject({ code: 0 });
    const template = readTemplate(join(root, '.packaged'));
    const names = template.ofType('AWS::Lambda::Function').map(({ Properties }) => Properties.FunctionName);
    expect(names.filter((name: string) => name.includes('-purge-')).sort()).toEqual(
      ['app-logs', 'orders', 'profiles'].map((id) => `es-retention-dev-purge-${id}`),
    );
    const schedules = template.ofType('AWS::Scheduler::Schedule').map(({ Properties }: Loose) => Properties.Name);
    expect(schedules.filter((name: string) => name.includes('-purge-'))).toHaveLength(3);
    const subscribed = template
      .ofType('AWS::Events::Rule')
      .filter(({ Properties }) => Properties.EventPattern['detail-type'].includes('Account Deleted'))
      .map(({ Properties: { Targets } }) => template.named(Targets[0].Arn).Properties.FunctionName);
    expect(subscribed).toEqual(['es-retention-dev-purge-profiles']);
    expect(readdirSync(join(root, '.packaged')).filter((name) => name.endsWith('.zip'))).toHaveLength(7);
  }, 300_000);
});

test('the two steps in CONTRIBUTING add a category', () => {
  const [, section = ''] = /\n## Add a category\n\n(.*?)\n\n/s.exec(read('CONTRIBUTING.md')) ?? [];
  const steps = section.split(/\n(?=\d\. )/);
  expect(steps).toHaveLength(2);
  const [describing = '', adding = ''] = steps;
  // The first: the policy describes it, here as another that is there.
  expect(describing).toContain('`retention-policy.yml`');
  const [orders = ''] = /^ {2}orders:\n(?: {4}.*\n)+/m.exec(read('retention-policy.yml')) ?? [];
  write(
    'retention-policy.yml',
    `${POLICY}\n${orders.replace('  orders:', '  invoices:').replace('orders-*', 'invoices-*')}`,
  );
  const policy = parseRetentionPolicy(read('retention-policy.yml'), 'retention-policy.yml');
  expect(() => assertSameCategories(policy, readServiceFiles(root))).toThrow('Run: npm run add-category -- invoices.');
  // The second: the command.
  const [, command = ''] = /`(npm run [^`]+)`/.exec(adding) ?? [];
  const before = service();
  expect(run('bash', '-c', command.replace('<category id>', 'invoices'))).toMatchObject({ code: 0 });
  expect(() => assertSameCategories(policy, readServiceFiles(root))).not.toThrow();
  const { 'serverless.yml': _, 'functions/purge-invoices.ts': added = '', ...others } = service();
  expect(others).toEqual(Object.fromEntries(Object.entries(before).filter(([name]) => name !== 'serverless.yml')));
  expect(added).toContain("purgeHandler('invoices')");
});
