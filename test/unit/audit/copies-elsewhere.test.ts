import { expect, test } from 'vitest';
import type { AuditedIndex, ClusterSurroundings } from '../../../lib/audit/audit-reader.ts';
import { findCopies } from '../../../lib/audit/indices/copies-elsewhere.ts';
import { readRawEntry } from '../../../lib/audit/records/raw-records.ts';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import { DAY } from '../../../lib/policy/time/duration.ts';
import { fixturePolicy } from '../../support/purge/purge-fixture.ts';

const NOW = Date.parse('2026-11-24T14:00:00Z');
const policy = parseRetentionPolicy(fixturePolicy('app', {}), 'policy.yml');
const CATEGORY = 'logs-app';

const NOTHING: ClusterSurroundings = {
  snapshots: { seen: [] },
  jobs: { seen: [] },
  followed: { seen: [] },
  everyIndex: { seen: true },
  counts: { seen: new Map() },
  clusterSettings: { seen: {} },
  templates: { seen: [] },
};

const indexOf = (name: string, settings: Readonly<Record<string, string>> = {}): AuditedIndex => ({
  name,
  aliases: [],
  types: new Map(),
  settings,
});

const look = (changes: Partial<ClusterSurroundings> = {}, indices: readonly AuditedIndex[] = [indexOf('app-1')]) => {
  const closed = readRawEntry({
    id: `${CATEGORY}/account-deleted/k/h`,
    source: { state: 'erased', closedAt: NOW - DAY },
  });
  const entries = new Map([[CATEGORY, [closed]]]);
  return findCopies({ ...NOTHING, ...changes }, { policy, indices, entries, now: NOW });
};

const codesOf = ({ findings }: ReturnType<typeof look>): readonly string[] =>
  findings.map(({ code, severity }) => `${severity} ${code}`);

test('without copies elsewhere nothing is found', () => {
  expect(look()).toEqual({ copies: [], unseen: [], findings: [] });
});

const snapshot = (days: number, indices: readonly string[]) => ({
  snapshots: { seen: [{ repository: 'backup', name: 'night', endedAt: NOW - days * DAY, indices }] },
});

test('a snapshot is listed with the end of its period and the number of later erasures', () => {
  const found = look(snapshot(2, ['app-1', 'others']));
  const until = new Date(NOW + 28 * DAY).toISOString();
  expect(found.copies).toEqual([
    { kind: 'snapshot', name: 'backup/night', categories: [CATEGORY], until, erasedSince: 1 },
  ]);
  expect(codesOf(found)).toEqual([]);
});

test('a snapshot with an index of a category is a breach when it is too old', () => {
  expect(codesOf(look(snapshot(31, ['app-1'])))).toEqual(['blocking snapshot-too-old']);
  for (const generation of ['000001', '1000000'])
    expect(codesOf(look(snapshot(31, [`.ds-app-1-2026.01.01-${generation}`])))).toEqual(['blocking snapshot-too-old']);
  expect(look(snapshot(31, ['others'])).copies).toEqual([]);
});

test.each([
  ['elsewhere', ['blocking copied-elsewhere']],
  ['app-summary', []],
])('a transform into %s is listed, and is a breach unless a category has its destination', (to, codes) => {
  const found = look({ jobs: { seen: [{ kind: 'transform', name: 'daily', from: ['app-*'], to }] } });
  expect(found.copies).toEqual([{ kind: 'transform', name: `daily into ${to}`, categories: [CATEGORY] }]);
  expect(codesOf(found)).toEqual(codes);
});

test('a transform that reads no category is left out', () => {
  expect(look({ jobs: { seen: [{ kind: 'transform', name: 'daily', from: ['x-*'], to: 'y' }] } }).copies).toEqual([]);
});

test('an audit log is a breach only if it has the bodies of requests', () => {
  const name = 'xpack.security.audit.logfile.events.emit_request_body';
  const settings = (bodies: string) => ({ 'xpack.security.audit.enabled': 'true', [name]: bodies });
  expect(codesOf(look({ clusterSettings: { seen: settings('true') } }))).toEqual(['blocking content-in-audit-log']);
  expect(codesOf(look({ clusterSettings: { seen: settings('false') } }))).toEqual([]);
});

test('a slow log is a breach if it quotes documents, and listed otherwise', () => {
  const writes = { 'index.indexing.slowlog.threshold.index.warn': '1s' };
  expect(codesOf(look({}, [indexOf('app-1', writes)]))).toEqual(['blocking content-in-slow-log']);
  expect(codesOf(look({}, [indexOf('app-1', { ...writes, 'index.indexing.slowlog.source': 'false' })]))).toEqual([]);
  const searches = look({}, [indexOf('app-1', { 'index.search.slowlog.threshold.query.warn': '1s' })]);
  expect(searches.copies).toEqual([{ kind: 'slow log (search)', name: 'app-1', categories: [CATEGORY] }]);
  expect(look({}, [indexOf('app-1', { 'index.search.slowlog.threshold.query.warn': '-1' })]).copies).toEqual([]);
});

test.each([
  ['mounted copy', { 'index.store.snapshot.index_name': 'app-1' }],
  ['frozen copy', { 'index.store.snapshot.index_name': 'app-1', 'index.store.snapshot.partial': 'true' }],
  ['downsampled copy', { 'index.downsample.origin.name': 'app-1' }],
])('a %s of an index is listed, and is a breach unless it belongs to a category', (kind, settings) => {
  const found = look({}, [indexOf('elsewhere', settings)]);
  expect(found.copies).toEqual([{ kind, name: 'elsewhere', categories: [CATEGORY] }]);
  expect(codesOf(found)).toEqual(['blocking copied-elsewhere']);
  expect(codesOf(look({}, [indexOf('app-2', settings)]))).toEqual([]);
});

test('an index that another cluster follows is a notice', () => {
  expect(codesOf(look({ followed: { seen: ['app-1', 'others'] } }))).toEqual(['notice followed-elsewhere']);
});

test.each([
  ['as text', { types: new Map([['@timestamp', 'text']]), keepsSource: true }, ['blocking template-hides-dates']],
  ['as dates', { types: new Map([['@timestamp', 'date']]), keepsSource: true }, []],
  ['without a source', { types: new Map(), keepsSource: false }, ['blocking template-hides-dates']],
])('the audit decides whether a template that maps dates %s is a breach', (_, template, codes) => {
  const of = (pattern: string) => ({ name: 'a', patterns: [pattern], priority: 1, ...template });
  expect(codesOf(look({ templates: { seen: [of('app*')] } }))).toEqual(codes);
  expect(codesOf(look({ templates: { seen: [of('others-*')] } }))).toEqual([]);
});

test('the audit says what its key may not see', () => {
  const found = look({ snapshots: { unseen: 'missing-privilege: no' }, jobs: { unseen: 'missing-privilege: no' } });
  expect(found.unseen.map(({ what }) => what)).toEqual(['snapshots', 'transforms and rollups']);
  expect(codesOf(found)).toEqual(['notice not-seen', 'notice not-seen']);
});
