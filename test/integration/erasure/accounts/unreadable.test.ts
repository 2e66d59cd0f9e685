import { expect, test } from 'vitest';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { sendAsYaml } from '../../../support/documents/send-as-yaml.ts';
import { erasureFixture, TERMINATED } from '../../../support/erasure/erasure-fixture.ts';
import { NOW } from '../../../support/purge/purge-fixture.ts';

const HOUR = DAY / 24;
const BEFORE = isoInstant(TERMINATED - DAY);
const of = (uin: string) => ({ uin, sdkAppId: '1', '@timestamp': BEFORE });

test('an unreadable document stays and keeps erasures open, but blocks no other deletion', async () => {
  const fixture = erasureFixture();
  const index = await fixture.createIndex('odd', { ours: of('42'), other: of('43') });
  await sendAsYaml(fixture.client, index, 'odd', { note: 'the mapping does not take it' });
  await fixture.tell('account-deleted', { uin: '42' });

  await fixture.runPurge({ clock: () => NOW - HOUR });
  const report = await fixture.runPurge();
  expect(await fixture.left(index)).toEqual(['odd', 'other']);
  expect(report).toMatchObject({ outcome: 'incomplete' });
  expect(report.findings.map(({ code }) => code)).toEqual(['no-account', 'unreadable-documents']);
  expect((await fixture.entries()).map(({ state }) => state)).toEqual(['erasing']);

  await fixture.client.delete({ index, id: 'odd', refresh: true });
  await fixture.runPurge();
  expect((await fixture.entries()).map(({ state }) => state)).toEqual(['erased']);
});

test.each(['keyword', 'long'] as const)(
  'an indexed account of type %s is not enough to erase an unreadable document',
  async (type) => {
    const fixture = erasureFixture();
    const index = await fixture.createIndex('odd', { ours: of('42') }, { properties: { uin: { type } } });
    await sendAsYaml(fixture.client, index, 'odd', { uin: '42', '@timestamp': BEFORE });
    await fixture.tell('account-deleted', { uin: '42' });

    const report = await fixture.runPurge();
    expect(await fixture.left(index)).toEqual(['odd']);
    expect(report.findings.map(({ code }) => code)).toEqual(['unclear-account']);
  },
);

test('an unreadable document stays at the end of a feature', async () => {
  const fixture = erasureFixture({ category: { ingestedField: 'arrived' } });
  const index = await fixture.createIndex('odd', { ours: of('42') });
  await sendAsYaml(fixture.client, index, 'odd', { uin: '42', sdkAppId: '1', '@timestamp': BEFORE });
  await fixture.tell('feature-terminated', { uin: '42', sdkAppId: '1' });

  await fixture.runPurge();
  expect(await fixture.left(index)).toEqual(['odd']);
});
