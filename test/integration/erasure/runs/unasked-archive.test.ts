import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { keptEvent } from '../../../../lib/erasure/recording/keep-event.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import type { DocumentRemover } from '../../../../lib/purge/document-remover.ts';
import type { Ports } from '../../../../lib/purge/purge.ts';
import { type ErasureFixture, erasureFixture, testHashes } from '../../../support/erasure/erasure-fixture.ts';
import { NOW } from '../../../support/purge/purge-fixture.ts';
import { temporaryFile } from '../../../support/run/temporary-file.ts';

// Never: somebody erased whose return may stand in an archive that was not asked, or came after it was asked.

const GONE = '9007199254740993';
const BOTH_RULES = {
  category: {
    records: 'dated',
    schedule: 'rate(15 minutes)',
    rules: {
      age: { maxAge: 'P14D', allowedLateness: 'PT1H' },
      termination: { triggers: ['account-deleted'], deadline: 'P7D', cancelWindow: 'P3D' },
    },
  },
};
const owing = async (changes = {}) => {
  const fixture = erasureFixture(changes);
  const of = (uin: string, days: number) => ({ uin, '@timestamp': isoInstant(NOW - days * DAY) });
  const index = await fixture.createIndex('1', { gone: of(GONE, 5), old: of('7', 30), stays: of('8', 1) });
  await fixture.tell('account-deleted', { uin: GONE });
  return { ...fixture, index };
};
const HELD = { code: 'forgotten-copies', severity: 'blocking' };

test.each([
  ['does not answer', () => temporaryFile('archive', 'no folder'), 'archive-refused'],
  ['has no address', () => '', 'RETENTION_ARCHIVE is not set'],
  ['has a wrong address', () => 'ftp://archive', 'bad-archive'],
])('while the archive %s, nobody is erased, but expired documents are deleted', async (_, archive, found) => {
  const { runPurge, left, index, entries } = await owing(BOTH_RULES);
  const report = await runPurge({ environment: { RETENTION_ARCHIVE: archive() } });
  expect(await left(index)).toEqual(['gone', 'stays']);
  expect(report).toMatchObject({ kept: false, documentsRemoved: 1 });
  expect(report.findings).toContainEqual(expect.objectContaining({ ...HELD, found: expect.stringContaining(found) }));
  expect((await entries()).map(({ state }) => state)).toEqual(['pending']);
  expect((await runPurge()).documentsRemoved).toBe(1);
  expect(await left(index)).toEqual(['stays']);
});

/** Does something once, between the plan and the first request that deletes. */
const meanwhile = (work: () => unknown) => {
  let isDone = false;
  return (ports: Ports): Ports => {
    const slices: DocumentRemover['slices'] = async (...given) => {
      if (!isDone) await work();
      isDone = true;
      return ports.remover.slices(...given);
    };
    return { ...ports, remover: { ...ports.remover, slices } };
  };
};

test('nobody is erased if an unknown copy arrived after the plan', async () => {
  const { runPurge, left, index, entries } = await owing();
  const copy = join(dirname(temporaryFile('policy.yml', '')), 'archive', 'events', `${'0'.repeat(64)}.jwe`);
  mkdirSync(dirname(copy), { recursive: true });
  const environment = { RETENTION_ARCHIVE: dirname(dirname(copy)) };
  const report = await runPurge({ environment, around: meanwhile(() => writeFileSync(copy, 'sealed')) });
  expect(await left(index)).toEqual(['gone', 'old', 'stays']);
  expect(report).toMatchObject({ kept: false, documentsRemoved: 0, erasures: { due: 1, erased: 0, open: 1 } });
  expect(report.findings).toContainEqual(expect.objectContaining({ ...HELD, subjects: 1 }));
  expect((await entries()).map(({ progress }) => progress.documentsErased)).toEqual([0]);
});

const keepReturn = ({ recordPorts: { events }, category }: ErasureFixture) => {
  const subject = { uin: GONE };
  const event = { requestId: 'msg_back', type: 'account-reinstated', subject, at: NOW, immediate: false } as const;
  const [hash, ...older] = testHashes(subject);
  if (hash === undefined) throw new Error('no key');
  return events(category.id).keep([keptEvent(event, [hash, ...older], NOW)]);
};

test('nobody is erased whose reinstatement is only in the event log since the plan', async () => {
  const fixture = await owing();
  const report = await fixture.runPurge({ around: meanwhile(() => keepReturn(fixture)) });
  expect(await fixture.left(fixture.index)).toEqual(['gone', 'old', 'stays']);
  expect(report).toMatchObject({ outcome: 'incomplete', documentsRemoved: 0 });
  const next = await fixture.runPurge();
  expect(next.findings).toContainEqual(expect.objectContaining({ code: 'altered-entry', severity: 'blocking' }));
});
