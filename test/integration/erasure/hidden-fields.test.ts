import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { isOpen } from '../../../lib/erasure/ledger/ledger-entry.ts';
import { isoInstant } from '../../../lib/policy/time/instant.ts';
import { erasureFixture, TERMINATED } from '../../support/erasure-fixture.ts';
import { HIDING, hiddenValue } from '../../support/hidden-fields.ts';
import { NOW, PROPERTIES } from '../../support/purge-fixture.ts';

const DATE: estypes.MappingProperty = { type: 'date' };
const KEYWORD: estypes.MappingProperty = { type: 'keyword' };
const HOUR = 3_600_000;
const BEFORE = isoInstant(TERMINATED - HOUR);
const AFTER = isoInstant(TERMINATED + HOUR);

/** An index of that mapping beside the usual fields, in a category whose field of that key is `outer.inner.<name>`. */
const worldOf = async (key: string, mappings: estypes.MappingTypeMapping, name: string) => {
  const fixture = erasureFixture({ template: false, category: { [key]: `outer.inner.${name}` } });
  const index = `${fixture.id}-2026.05.16`;
  await fixture.client.indices.create({
    index,
    mappings: { ...mappings, properties: { ...PROPERTIES, ...mappings.properties } },
  });
  return { fixture, index };
};

/** It never takes for gone, or for old, what the index has no value of. */
describe.each(HIDING)('%s,', (way, mappingOf) => {
  test('an account is not called gone, and its document stays', async () => {
    const { fixture, index } = await worldOf('accountField', mappingOf('uin', KEYWORD), 'uin');
    await fixture.add(index, { theirs: { '@timestamp': BEFORE, ...hiddenValue(way, 'uin', '42') } });
    await fixture.tell('account-deleted', { uin: '42' });
    await fixture.runPurge({ clock: () => NOW - HOUR });
    const report = await fixture.runPurge();
    expect(await fixture.left(index)).toEqual(['theirs']);
    expect(report).toMatchObject({ outcome: 'incomplete', kept: false });
    expect(report.findings).toContainEqual(expect.objectContaining({ code: 'account-mapping', severity: 'blocking' }));
    expect((await fixture.entries()).map(isOpen)).toEqual([true]);
  });

  test('an application is told from _source, or nothing is called gone', async () => {
    const { fixture, index } = await worldOf('applicationField', mappingOf('app', KEYWORD), 'app');
    const appOf = (app: string) => ({ uin: '42', '@timestamp': BEFORE, ...hiddenValue(way, 'app', app) });
    await fixture.add(index, { theirs: appOf('1'), 'of another': appOf('2') });
    await fixture.tell('feature-terminated', { uin: '42', sdkAppId: '1' });
    await fixture.runPurge({ clock: () => NOW - HOUR });
    await fixture.runPurge();
    const left = await fixture.left(index);
    const areOpen = (await fixture.entries()).map(isOpen);
    expect(left).toContain('of another');
    if (left?.includes('theirs')) expect(areOpen).toEqual([true]);
    else expect(left).toEqual(['of another']);
  });

  test.each(['timestampField', 'ingestedField'])('new use by its %s stays', async (key) => {
    const { fixture, index } = await worldOf(key, mappingOf('at', DATE), 'at');
    const other = key === 'timestampField' ? { event: { ingested: BEFORE } } : { '@timestamp': BEFORE };
    const documentOf = (at: string) => ({ uin: '42', sdkAppId: '1', ...other, ...hiddenValue(way, 'at', at) });
    await fixture.add(index, { 'new use': documentOf(AFTER), old: documentOf(BEFORE) });
    await fixture.tell('feature-terminated', { uin: '42' });
    await fixture.runPurge({ clock: () => NOW - HOUR });
    const report = await fixture.runPurge();
    const left = await fixture.left(index);
    expect(left).toContain('new use');
    if (left?.includes('old')) expect(report).toMatchObject({ outcome: 'incomplete', kept: false });
  });
});

test('an application that is a sub-field in an object that is not enabled is told from _source', async () => {
  const app = { type: 'text', fields: { raw: KEYWORD } } as const;
  const fixture = erasureFixture({ template: false, category: { applicationField: 'outer.app.raw' } });
  const index = `${fixture.id}-2026.05.16`;
  const properties = { ...PROPERTIES, outer: { enabled: false, properties: { app } } } as const;
  await fixture.client.indices.create({ index, mappings: { properties } });
  const appOf = (value: string) => ({ uin: '42', '@timestamp': BEFORE, outer: { app: value } });
  await fixture.add(index, { theirs: appOf('1'), 'of another': appOf('2') });
  await fixture.tell('feature-terminated', { uin: '42', sdkAppId: '1' });
  await fixture.runPurge({ clock: () => NOW - HOUR });
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete' });
  expect(await fixture.left(index)).toEqual(['of another']);
});
