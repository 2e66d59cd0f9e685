import { expect, test } from 'vitest';
import { MINUTE } from '../../../lib/policy/time/duration.ts';
import type { Instant } from '../../../lib/policy/time/instant.ts';
import { dropsUntil, UNANSWERED_MILLISECONDS } from '../../../lib/purge/destruction.ts';
import type { Lease } from '../../../lib/purge/lease.ts';
import { inMemoryLeases, LeaseDocuments } from '../../support/in-memory/records/in-memory-leases.ts';

const END = 1_000_000_000;
const HOUR = 3_600_000;

test.each([
  ['a run that died while it destroyed', true, undefined, END],
  ['such a run after an older request without an answer', true, END - HOUR, END],
  ['such a run with a later request without an answer', true, END + HOUR, END + HOUR],
  ['a run that ended after a request without an answer', false, END - HOUR, END - HOUR],
  ['a run that ended, with all requests answered', false, undefined, undefined],
])('the latest time at which a drop of %s may still be executed is known', (_, destroying, unansweredUntil, until) => {
  const flags = { runId: 'run', isLeased: false, expiresAt: END, destroying, unansweredUntil };
  expect(dropsUntil(flags)).toBe(until);
});

test.each([
  ['that is at work', async () => undefined],
  ['that got no answer', async (lease: Lease, until: Instant) => lease.endDestroying(until)],
] as const)('the command hold sees a run %s, even if the clock of the run is ten minutes behind', async (_, then) => {
  const [documents, behind] = [new LeaseDocuments(), 10 * MINUTE];
  let now = END;
  const ofRun = inMemoryLeases(() => now - behind, documents);
  const ofPerson = inMemoryLeases(() => now, documents);
  const lease = await ofRun.acquire('logs', 'run');
  await lease.beginDestroying({ made: 'm', revision: 1 });
  await then(lease, now - behind + UNANSWERED_MILLISECONDS);
  // A request may be sent while the lease lasts, and be carried out for two minutes more.
  now += UNANSWERED_MILLISECONDS - 1;
  expect(await ofPerson.destruction('logs')).toMatchObject({ runId: 'run' });
  now += HOUR;
  expect(await ofPerson.destruction('logs')).toBeUndefined();
});
