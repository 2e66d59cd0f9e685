import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Finding, isBlocking } from '../../../lib/criteria/finding.ts';
import type { Report } from '../../../lib/purge/report/report.ts';
import {
  daysAgo,
  ofIndex,
  type PolicyChanges,
  type PurgeFixture,
  purgeFixture,
} from '../../support/purge/purge-fixture.ts';
import { madeOnce } from '../../support/run/made-once.ts';
import { type Problem, requestsIn, sendAdvised } from './follow-advice.ts';
import { PROBLEMS } from './problems.ts';

const old = { '@timestamp': daysAgo(20) };
const live = { '@timestamp': daysAgo(1) };

/** Those codes that a real server can be brought to. */
const TRIED = Object.entries(PROBLEMS).flatMap(([code, problem]) =>
  typeof problem === 'string' ? [] : [[code, problem] as const],
);

/**
 * Whether a problem can stand beside others: it is about one index of an ordinary category and an ordinary run finds
 * it.
 */
const isShared = (code: string, { fixture, run }: Problem): boolean =>
  fixture === undefined && run === undefined && code !== 'system-index';

const blockingOf = ({ findings }: Report): readonly string[] =>
  findings.flatMap(({ code, severity }) => (severity === 'blocking' ? [code] : []));

test('every finding code is listed with its fix, or why the fix is not tried', () => {
  const [, union = ''] = readFileSync('lib/criteria/finding.ts', 'utf8').match(/readonly code:([^;]*);/) ?? [];
  const codes = [...union.matchAll(/'([a-z-]+)'/g)].map(([, code]) => code);
  expect(codes).not.toEqual([]);
  expect(Object.keys(PROBLEMS).sort()).toEqual(codes.sort());
});

/** Follows the advice of a finding. @returns what is to be changed in the policy. */
const follow = (fixture: PurgeFixture, problem: Problem, finding: Finding) =>
  problem.follow === undefined
    ? sendAdvised(fixture.client, finding.fix).then(() => undefined)
    : problem.follow(fixture, finding);

test.each(TRIED.filter(([code, problem]) => !isShared(code, problem)))(
  'the finding %s goes away after its fix',
  async (code, problem) => {
    const fixture = (problem.fixture ?? purgeFixture)();
    await problem.make(fixture);
    const report = await fixture.runPurge(problem.run);
    const finding = report.findings.find((each) => each.code === code);
    expect(finding).toMatchObject({ code, severity: 'blocking' });
    expect(report).toMatchObject({ outcome: 'incomplete' });

    const changes = await follow(fixture, problem, finding as Finding);
    const policy = changes && fixture.policyWith(changes);
    expect(blockingOf(await fixture.runPurge(policy && { policy }))).toEqual([]);
  },
);

describe('with many problems in one category', () => {
  const shared = TRIED.filter(([code, problem]) => isShared(code, problem));
  const once = madeOnce(async () => {
    const fixture = purgeFixture();
    for (const [, problem] of shared) await problem.make(fixture);
    const report = await fixture.runPurge();
    const changes: PolicyChanges[] = [];
    for (const [code, problem] of shared) {
      const finding = report.findings.find((each) => each.code === code);
      const changed = finding && (await follow(fixture, problem, finding));
      if (changed) changes.push(changed);
    }
    const dateDecisions = changes.flatMap(({ category }) => category?.dateDecisions ?? []);
    const next = await fixture.runPurge({ policy: fixture.policyWith({ category: { dateDecisions } }) });
    return { report, next };
  });

  test.each(shared.map(([code]) => code))('the finding %s goes away after its fix, beside other problems', (code) => {
    const { report, next } = once();
    const finding = report.findings.find((each) => each.code === code);
    expect(finding).toMatchObject({ code, severity: 'blocking' });
    expect(next.findings.filter((each) => isBlocking(each) && each.code === code)).toEqual([]);
    expect(ofIndex(next, finding?.index ?? '').findings.filter(isBlocking)).toEqual([]);
  });

  test('all findings go away after all fixes', () => {
    const { report, next } = once();
    expect(report).toMatchObject({ outcome: 'incomplete' });
    expect(new Set(blockingOf(report))).toEqual(new Set(shared.map(([code]) => code)));
    expect(blockingOf(next)).toEqual([]);
  });
});

const shareRefusal = async (fixture: PurgeFixture) => {
  await fixture.createIndex('mixed', { old, older: old, live });
  return fixture.runPurge();
};

test('a refusal goes away when the share is raised, as its fix says', async () => {
  const fixture = purgeFixture({ maxShare: 0.5 });
  expect(await shareRefusal(fixture)).toMatchObject({ refusals: [{ code: 'share' }] });
  expect(await fixture.runPurge({ policy: fixture.policyWith({ maxShare: 1 }) })).toMatchObject({
    outcome: 'complete',
  });
});

const BLOCKS = [
  ['write'],
  ['read_only'],
  ['read_only_allow_delete'],
  ['write', 'read_only'],
  ['read_only', 'read_only_allow_delete', 'write'],
];
const HOLDINGS = [
  ['some of it expired', { old, live }, false],
  ['the last one, all expired', { old }, false],
  ['all expired, the only one of its alias', { old }, true],
] as const;

describe('the advice about an index under blocks', () => {
  const rows = BLOCKS.flatMap((blocks) =>
    HOLDINGS.map((holding) => [blocks.join(' and '), ...holding, blocks] as const),
  );
  const once = madeOnce(async () => {
    const fixture = purgeFixture({ template: false });
    const { client, id } = fixture;
    const indices = await fixture.createIndices(
      rows.map(([, , documents, isAliased], at) => ({
        suffix: `${at}-blocked`,
        documents,
        aliases: isAliased ? { [`only-${at}-${id}`]: {} } : {},
      })),
    );
    await Promise.all(
      rows.map(([, , , , blocks], at) =>
        client.indices.putSettings({
          index: `${indices[at]}`,
          settings: Object.fromEntries(blocks.map((block) => [`index.blocks.${block}`, true])),
        }),
      ),
    );
    // Each row has a pattern of its own, and so a last index of its own.
    const policy = fixture.policyWith({ category: { indices: rows.map((_, at) => `${id}-${at}-*`) } });
    const report = await fixture.runPurge({ policy });
    for (const { fix } of report.findings) await sendAdvised(client, fix);
    const next = await fixture.runPurge({ policy });
    return { report, next, of: (of: Report, at: number) => ofIndex(of, `${indices[at]}`) };
  });

  test.each(rows.map(([blocks, holding], at) => [blocks, holding, at] as const))(
    'lets the next run purge the index: %s, %s',
    (_, __, at) => {
      const { report, next, of } = once();
      const { findings } = of(report, at);
      expect(findings).toMatchObject([{ code: 'write-blocked', severity: 'blocking' }]);
      expect(findings[0]?.fix).not.toMatch(/wait until/);
      expect(of(next, at)).toMatchObject({ documentsRemoved: 1, findings: [] });
    },
  );

  test('leaves no other finding for the next run', () => {
    const { report, next } = once();
    expect(report.findings).toHaveLength(rows.length);
    expect(next).toMatchObject({ outcome: 'complete', documentsRemoved: rows.length });
  });
});

test('a foreign index that belongs to the category is purged once the policy names it', async () => {
  const fixture = purgeFixture();
  const aliases = { [`${fixture.id}-1`]: {} };
  const foreign = await fixture.createIndex('upgraded', { old, live }, { foreign: true, aliases });
  const { findings } = await fixture.runPurge();
  expect(findings[0]?.fix).toContain(`add "${foreign}" to "indices"`);
  const policy = fixture.policyWith({ category: { indices: [`${fixture.id}-*`, foreign] } });
  expect(await fixture.runPurge({ policy })).toMatchObject({ outcome: 'complete', documentsRemoved: 1 });
  expect(await fixture.left(foreign)).toEqual(['live']);
});

test('an index with a small result window is purged', async () => {
  const fixture = purgeFixture();
  const settings = { 'index.max_result_window': 1 };
  await fixture.createIndex('small', { old, older: old, live }, { settings });
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 2 });
});

test('the requests in a fix can be parsed', () => {
  expect(requestsIn('Open it: POST /a-1/_open. Then PUT /a-1/_settings {"index.blocks.read": null}. Or wait.')).toEqual(
    [
      { method: 'POST', path: '/a-1/_open' },
      { method: 'PUT', path: '/a-1/_settings', body: { 'index.blocks.read': null } },
    ],
  );
  expect(requestsIn('Look at the load of the cluster.')).toEqual([]);
});
