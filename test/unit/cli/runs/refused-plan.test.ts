import { expect, test } from 'vitest';
import { serviceInMemory } from '../../../support/in-memory/service-in-memory.ts';
import { policyWith } from '../../../support/policy/policy-text.ts';
import { temporaryFolder } from '../../../support/receipts/archive-worlds.ts';

const AGO = (days: number): { readonly timestamps: readonly number[]; readonly ingested: readonly number[] } => ({
  timestamps: [Date.now() - days * 86_400_000],
  ingested: [],
});

/** Two indices, one expired and one in part: more than the built-in guard allows. */
const refused = (documents = 5) => {
  const service = serviceInMemory(temporaryFolder(), Date.now, policyWith('mode: observe', 'mode: enforce'));
  for (let at = 0; at < documents; at += 1) service.store.write('call-log-1', `${at}`, AGO(20));
  service.store.write('call-log-2', 'old', AGO(20));
  service.store.write('call-log-2', 'new', AGO(1));
  return service;
};

test('a plan that is refused does not say that it drops or deletes', async () => {
  const { run, store } = refused();
  const { code, stdout } = await run('plan');
  expect(stdout).toMatch(/call-log-1 +refused +5 +5 .* drop: every document expired\n/);
  expect(stdout).toMatch(/call-log-2 +refused +2 +1 .* delete: some documents expired\n/);
  expect(stdout).not.toMatch(/call-log-\d +(?:drop|delete)/);
  expect([code, store.indices.size]).toEqual([3, 2]);
});

test('a run that is refused does not say that it has planned to drop or delete', async () => {
  const { run, store } = refused();
  const { code, stdout } = await run('purge', '--execute');
  expect(stdout).toMatch(/call-log-1 +refused +5 +5 +drop: every document expired\n/);
  expect(stdout).not.toMatch(/call-log-\d +(?:drop|delete)/);
  expect([code, store.indices.get('call-log-1')?.documents.size]).toEqual([3, 5]);
});

test('plan, verify and purge write 1,000 and more with a thousands separator', async () => {
  const { run } = refused(1_200);
  for (const command of ['plan', 'verify', 'purge']) {
    const { stdout } = await run(command);
    expect(stdout).toContain('1,201 of 1,202 documents');
    expect(stdout).not.toMatch(/(?<![-\w,.:])12\d\d(?![-\w])/);
  }
});
