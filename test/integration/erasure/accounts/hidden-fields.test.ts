import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { HIDING, hiddenValue } from '../../../support/documents/hidden-fields.ts';
import { type ErasureFixture, erasureFixture, NO_BRAKE, TERMINATED } from '../../../support/erasure/erasure-fixture.ts';
import { lookThrough } from '../../../support/erasure/looked-through.ts';
import { NOW, PROPERTIES } from '../../../support/purge/purge-fixture.ts';
import { madeOnce } from '../../../support/run/made-once.ts';

const DATE: estypes.MappingProperty = { type: 'date' };
const KEYWORD: estypes.MappingProperty = { type: 'keyword' };
const HOUR = 3_600_000;
const BEFORE = isoInstant(TERMINATED - HOUR);
const AFTER = isoInstant(TERMINATED + HOUR);

/**
 * An account for each way, and the index of that mapping beside the usual fields. For example, account 42000 is in the
 * index `way-0`, whose mapping is not enabled: { "outer": { "inner": { "uin": "42000" } } }. The index has no value of
 * it, so no search finds the document. It stays, and the erasure of 42000 is not closed.
 */
const WAYS = HIDING.map(
  ([way, mappingOf], at) => [way, { way, mappingOf, uin: `${42_000 + at}`, suffix: `way-${at}` }] as const,
);

type Way = (typeof WAYS)[number][1];

/**
 * Two runs over an index for each way of hiding a field, in a category whose field of that key is `outer.inner.<name>`.
 * @param tell what ends for the account of a way.
 */
const lookedThrough = (
  key: string,
  name: string,
  property: estypes.MappingProperty,
  documentsOf: (way: Way) => Readonly<Record<string, object>>,
  tell: (fixture: ErasureFixture, uin: string) => Promise<unknown>,
) =>
  madeOnce(async () => {
    const fixture = erasureFixture({ template: false, category: { [key]: `outer.inner.${name}`, guard: NO_BRAKE } });
    await fixture.createIndices(
      WAYS.map(([, way]) => {
        const { properties, ...mappings } = way.mappingOf(name, property);
        return {
          suffix: way.suffix,
          mappings: { ...mappings, properties: { ...PROPERTIES, ...properties } },
          documents: documentsOf(way),
        };
      }),
    );
    for (const [, { uin }] of WAYS) await tell(fixture, uin);
    await fixture.runPurge({ clock: () => NOW - HOUR });
    const { report, callsGone } = await lookThrough(fixture);
    const left = await fixture.leftInAll();
    return (suffix: string) => {
      const index = `${fixture.id}-${suffix}`;
      return {
        left: left.get(index),
        findings: report.findings.filter((finding) => finding.index === index),
        callsGone: (subject: Parameters<typeof callsGone>[1]) => callsGone(index, subject),
      };
    };
  });

const BLOCKING = expect.objectContaining({ severity: 'blocking' });

/** It never takes for gone, or for old, what the index has no value of. */
describe('an account that the index does not contain', () => {
  const looked = lookedThrough(
    'accountField',
    'uin',
    KEYWORD,
    ({ way, uin }) => ({ theirs: { '@timestamp': BEFORE, ...hiddenValue(way, 'uin', uin) } }),
    (fixture, uin) => fixture.tell('account-deleted', { uin }),
  );

  test.each(WAYS)('keeps its document, and keeps the erasure open, where it is %s', (_, { suffix, uin }) => {
    const { left, findings, callsGone } = looked()(suffix);
    expect(left).toEqual(['theirs']);
    expect(findings).toContainEqual(expect.objectContaining({ code: 'account-mapping', severity: 'blocking' }));
    expect(callsGone({ uin })).toBe(false);
  });
});

describe('an application that the index does not contain', () => {
  const looked = lookedThrough(
    'applicationField',
    'app',
    KEYWORD,
    ({ way, uin }) => {
      const appOf = (app: string) => ({ uin, '@timestamp': BEFORE, ...hiddenValue(way, 'app', app) });
      return { theirs: appOf('1'), 'of another': appOf('2') };
    },
    (fixture, uin) => fixture.tell('feature-terminated', { uin, sdkAppId: '1' }),
  );

  test.each(WAYS)('is read from _source, or keeps the erasure open, where it is %s', (_, { suffix, uin }) => {
    const { left, findings, callsGone } = looked()(suffix);
    expect(left).toContain('of another');
    if (left?.includes('theirs')) {
      expect(callsGone({ uin, sdkAppId: '1', until: TERMINATED })).toBe(false);
      expect(findings).toContainEqual(BLOCKING);
    } else expect(left).toEqual(['of another']);
  });
});

describe.each(['timestampField', 'ingestedField'])('new use with a %s that the index does not contain', (key) => {
  const looked = lookedThrough(
    key,
    'at',
    DATE,
    ({ way, uin }) => {
      const other = key === 'timestampField' ? { event: { ingested: BEFORE } } : { '@timestamp': BEFORE };
      const documentOf = (at: string) => ({ uin, sdkAppId: '1', ...other, ...hiddenValue(way, 'at', at) });
      return { 'new use': documentOf(AFTER), old: documentOf(BEFORE) };
    },
    (fixture, uin) => fixture.tell('feature-terminated', { uin }),
  );

  test.each(WAYS)('stays where that date is %s', (_, { suffix, uin }) => {
    const { left, findings, callsGone } = looked()(suffix);
    expect(left).toContain('new use');
    if (left?.includes('old')) {
      expect(findings).toContainEqual(BLOCKING);
      expect(callsGone({ uin, until: TERMINATED })).toBe(false);
    }
  });
});

test('an application that is a sub-field in a disabled object is read from _source', async () => {
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
