import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openPlan, signPlan } from '../../../../lib/adapters/crypto/plan-seal.ts';
import { signCanonical } from '../../../../lib/adapters/crypto/sign-canonical.ts';
import { DAY, HOUR } from '../../../../lib/policy/time/duration.ts';
import type { SavedPlan } from '../../../../lib/purge/saved/saved-plan.ts';
import { newRing, ringOf, TEST_RING } from '../../../support/erasure/key-ring-text.ts';
import { failure } from '../../../support/in-memory/in-memory-cluster.ts';
import { serviceInMemory } from '../../../support/in-memory/service-in-memory.ts';
import { policyWith } from '../../../support/policy/policy-text.ts';
import { temporaryFolder } from '../../../support/receipts/archive-worlds.ts';

const ago = (days: number) => ({ timestamps: [Date.now() - days * DAY], ingested: [] });
const STATED = ['--by', 'A. Engineer', '--reason', 'backlog of the migration'] as const;

/** A backlog of six documents beside a live one, which the guard refuses, and the file of a saved plan. */
const backlog = (clock = Date.now) => {
  const service = serviceInMemory(temporaryFolder(), clock, policyWith('mode: observe', 'mode: enforce'));
  for (let at = 0; at < 5; at += 1) service.store.write('call-log-1', `${at}`, ago(20));
  service.store.write('call-log-2', 'old', ago(20));
  service.store.write('call-log-2', 'new', ago(1));
  const file = join(service.folder, 'plan.jws');
  const documents = () => [...service.store.indices.values()].reduce((sum, index) => sum + index.documents.size, 0);
  const carryOut = (...more: string[]) => service.run('purge', '--plan', file, ...STATED, '--execute', ...more);
  return { ...service, file, documents, carryOut };
};

const contentOf = async (file: string): Promise<SavedPlan> => {
  const plan = await openPlan(readFileSync(file, 'utf8'), TEST_RING.signing);
  if (plan === undefined) throw new Error('the file holds no saved plan');
  return plan;
};

test('the commands in the fix of a refusal save a plan and carry it out, with who and why', async () => {
  const { run, file, documents, carryOut } = backlog();
  const refused = await run('purge', '--execute');
  expect(refused.stdout).toContain('plan --category call-logs --out plan.jws');
  const planned = await run('plan', '--category', 'call-logs', '--out', file);
  expect(planned.stdout).toMatch(/\nSaved: \S+plan\.jws\. It can be carried out once, until \S+ \S+ UTC:\n/);
  expect(planned.stdout).toContain(`purge --plan ${file} --execute --by NAME --reason WHY`);
  expect([planned.code, documents(), statSync(file).mode & 0o777]).toEqual([3, 7, 0o600]);
  const { code, stdout } = await carryOut();
  expect(stdout).toContain('purged: 6 documents, 5 of them by dropping 1 index');
  expect(stdout).toMatch(/Saved plan of \S+Z, carried out by A\. Engineer: backlog of the migration\n/);
  expect(stdout).toMatch(/It overrides the guard \(share\): 6 of 7 documents \(85\.7 %\)\n/);
  expect([code, documents()]).toEqual([0, 1]);
});

test('a dry run shows what a saved plan would remove, and does not use it up', async () => {
  const { run, file, documents, carryOut } = backlog();
  await run('plan', '--out', file);
  const { stdout } = await run('purge', '--plan', file, ...STATED);
  expect(stdout).toContain('would purge: 6 documents, 5 of them by dropping 1 index');
  expect(documents()).toBe(7);
  expect((await carryOut()).stdout).toContain('purged: 6 documents');
});

test('the question at a terminal counts only what the saved plan still allows', async () => {
  const { run, file, store, startAtTerminal, documents } = backlog();
  await run('plan', '--out', file);
  store.write('call-log-2', 'later', ago(20));
  const { ended, answer } = startAtTerminal('purge', '--plan', file, ...STATED, '--execute');
  await answer('Purge 5 documents, by dropping 1 index?', 'n\n');
  expect((await ended).code).toBe(3);
  expect(documents()).toBe(8);
});

test('--json shows the file with its expiry, and the report of the run shows the saved plan', async () => {
  const { run, file, carryOut } = backlog();
  const planned = JSON.parse((await run('plan', '--out', file, '--json')).stdout);
  expect(planned.saved).toEqual({ file, expiresAt: (await contentOf(file)).expiresAt });
  const { categories } = JSON.parse((await carryOut('--json')).stdout);
  const [{ report }] = categories.filter(({ category }: { readonly category: string }) => category === 'call-logs');
  expect(report.savedPlan).toMatchObject({ by: 'A. Engineer', overridden: [{ code: 'share' }] });
});

test('plan --out never replaces a file', async () => {
  const { run, file } = backlog();
  writeFileSync(file, 'mine');
  const { code, stderr } = await run('plan', '--out', file);
  expect(stderr).toContain('Name another one with --out, or remove it first.');
  expect([code, readFileSync(file, 'utf8')]).toEqual([2, 'mine']);
});

test('no file is written if a category cannot be planned, and that category is named', async () => {
  const { run, file, backend } = backlog();
  const { store } = backend;
  const describe: typeof store.describe = (patterns, fields) =>
    patterns.includes('settings-*') ? Promise.reject(failure('no-server', 'nobody')) : store.describe(patterns, fields);
  Object.assign(backend, { store: { ...store, describe } });
  const { code, stdout } = await run('plan', '--out', file);
  expect(stdout).toContain('Not saved, because these could not be planned: settings.');
  expect([code, existsSync(file)]).toEqual([1, false]);
});

test.each([
  ['with another letter anywhere', 'change'],
  ['without its signature', 'strip'],
  ['signed as a statement of the audit', 'statement'],
  ['signed by a key that the ring does not have', 'foreign'],
  ['of a later form', 'later'],
] as const)('purge refuses a plan file %s, and destroys nothing', async (_, how) => {
  const { run, file, documents, carryOut } = backlog();
  await run('plan', '--out', file);
  const text = readFileSync(file, 'utf8').trim();
  const plan = await contentOf(file);
  const { signing } = TEST_RING;
  const [header = '', payload = '', signature = ''] = text.split('.');
  const changedAt = (part: string, at: number) =>
    `${part.slice(0, at)}${part[at] === 'A' ? 'B' : 'A'}${part.slice(at + 1)}`;
  const texts: Readonly<Record<typeof how, readonly string[]>> = {
    change: [
      ...[5, 40].map((at) => [changedAt(header, at), payload, signature].join('.')),
      ...[9, 200, payload.length - 9].map((at) => [header, changedAt(payload, at), signature].join('.')),
      ...[3, 40].map((at) => [header, payload, changedAt(signature, at)].join('.')),
    ],
    strip: [`${header}.${payload}.`, JSON.stringify(plan), ''],
    statement: [signCanonical(plan, 'es-retention-statement+jws', signing)],
    foreign: [signPlan(plan, ringOf(newRing()).signing)],
    later: [signPlan({ ...plan, type: 'es-retention/plan/2' as never }, signing)],
  };
  for (const each of texts[how]) {
    writeFileSync(file, each);
    const { code, stderr } = await carryOut();
    expect(stderr).toContain('Failed: bad-plan');
    expect([code, documents()]).toEqual([2, 7]);
  }
});

test('purge reports a missing plan file, and destroys nothing', async () => {
  const { carryOut, documents } = backlog();
  const { code, stderr } = await carryOut();
  expect(stderr).toContain('nothing that can be read (ENOENT)');
  expect([code, documents()]).toEqual([2, 7]);
});

test.each([
  ['another cluster', (plan: SavedPlan) => ({ ...plan, cluster: { ...plan.cluster, uuid: 'x' } }), 'another-cluster'],
  ['another policy', (plan: SavedPlan) => ({ ...plan, policyVersion: 'sha256:x' }), 'another-policy'],
])('purge refuses a signed plan of %s, and destroys nothing', async (_, change, code) => {
  const { run, file, documents, carryOut } = backlog();
  await run('plan', '--out', file);
  writeFileSync(file, signPlan(change(await contentOf(file)), TEST_RING.signing));
  expect((await carryOut()).stderr).toContain(`Failed: plan-of-${code}`);
  expect(documents()).toBe(7);
});

test('a saved plan is refused after an hour, and a new one can be saved', async () => {
  let later = 0;
  const { run, file, documents, carryOut } = backlog(() => Date.now() + later);
  await run('plan', '--out', file);
  later = HOUR + 1;
  expect((await carryOut()).stderr).toContain('Failed: plan-expired');
  expect(documents()).toBe(7);
  await run('plan', '--out', `${file}2`);
  expect((await run('purge', '--plan', `${file}2`, ...STATED, '--execute')).stdout).toContain('purged: 6 documents');
});

test('a saved plan is refused the second time, and the run that used it is named', async () => {
  const { run, file, carryOut } = backlog();
  await run('plan', '--category', 'call-logs', '--out', file);
  await carryOut();
  const { code, stdout } = await carryOut();
  expect(stdout).toContain('plan-used');
  expect(stdout).toContain((await contentOf(file)).categories[0]?.runId);
  expect(code).toBe(3);
});

test('a saved plan purges only its own categories, and refuses another one', async () => {
  const { run, file, documents, carryOut } = backlog();
  await run('plan', '--category', 'settings', '--out', file);
  const { code, stderr } = await carryOut('--category', 'call-logs');
  expect([code, stderr]).toEqual([2, expect.stringContaining('Failed: not-in-plan')]);
  const { stdout } = await carryOut('--json');
  expect(JSON.parse(stdout).categories.map(({ category }: { readonly category: string }) => category)).toEqual([
    'settings',
  ]);
  expect(documents()).toBe(7);
});

test.each([
  [['--plan', 'plan.jws', '--by', 'me'], 'say who carries it out and why'],
  [['--plan', 'plan.jws', '--reason', 'why'], 'say who carries it out and why'],
  [['--by', 'me', '--reason', 'why'], '--by and --reason belong to --plan'],
  [['--plan', 'plan.jws', '--by', ' ', '--reason', 'why'], 'a text after --by'],
])('purge %j is refused', async (options, said) => {
  const { run, documents } = backlog();
  const { code, stderr } = await run('purge', '--execute', ...options);
  expect([code, stderr]).toEqual([2, expect.stringContaining(said)]);
  expect(documents()).toBe(7);
});
