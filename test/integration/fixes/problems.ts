import { randomUUID } from 'node:crypto';
import type { estypes } from '@elastic/elasticsearch';
import { SUBJECTS_PER_RUN } from '../../../lib/criteria/due-criteria.ts';
import type { Finding } from '../../../lib/criteria/finding.ts';
import { backfillDates } from '../../../lib/maintenance/backfill-dates.ts';
import { ownIndices } from '../../../lib/policy/own-indices.ts';
import { DAY } from '../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../lib/policy/time/instant.ts';
import { sendAsYaml } from '../../support/documents/send-as-yaml.ts';
import { type ErasureFixture, erasureFixture, TERMINATED } from '../../support/erasure/erasure-fixture.ts';
import { portsAt } from '../../support/purge/ports-at.ts';
import {
  daysAgo,
  NOW,
  type PolicyChanges,
  PROPERTIES,
  type PurgeFixture,
  purgeFixture,
} from '../../support/purge/purge-fixture.ts';
import { takeNothingOver } from '../../support/server/reused-names.ts';
import { type Problem, requestsIn, sendAdvised } from './follow-advice.ts';

const old = { '@timestamp': daysAgo(20) };
const live = { '@timestamp': daysAgo(1) };
const dated = (timestamp: number, ingested: number) => ({
  '@timestamp': daysAgo(timestamp),
  event: { ingested: daysAgo(ingested) },
});
const of = (...uin: readonly string[]) => ({ uin, '@timestamp': isoInstant(TERMINATED - DAY) });

/** An index in which something is due, under a block that a person set. */
const blocked = (block: string, documents: Record<string, object>) => async (fixture: PurgeFixture) => {
  const index = await fixture.createIndex(`blocked-${block}`, documents);
  await fixture.client.indices.putSettings({ index, settings: { [`index.blocks.${block}`]: true } });
};

/** As the advice says: another index with a right mapping takes the documents, and the wrong one goes. */
const reindexed = async ({ client }: PurgeFixture, { index = '' }: Finding): Promise<undefined> => {
  const to = `${index}-reindexed`;
  await client.indices.create({ index: to, mappings: { properties: PROPERTIES } });
  await client.reindex({ source: { index }, dest: { index: to }, refresh: true });
  await client.indices.delete({ index });
};

const mappedWrongly =
  (document: object, properties: Record<string, estypes.MappingProperty>, suffix = 'wrong') =>
  async (fixture: PurgeFixture) =>
    fixture.createIndex(suffix, { a: document }, { properties });

const decided =
  (date: string) =>
  async (_: PurgeFixture, { index = '' }: Finding): Promise<PolicyChanges> => ({
    category: {
      dateDecisions: [
        { indices: [index], date, reason: 'A test.', decidedBy: 'Privacy officer', decidedOn: '2026-11-28' },
      ],
    },
  });

const backfilled = async ({ client, policy, category }: PurgeFixture, { index = '' }: Finding): Promise<undefined> => {
  const ports = portsAt(client, policy, { timeout: () => 30_000, firstWait: 20 }, () => NOW);
  await backfillDates({ runId: randomUUID(), dryRun: false, policy, category }, ports, {
    ingestedAt: Date.parse(daysAgo(20)),
    index,
  });
};

const terminated = async (fixture: PurgeFixture, uin: string, at = TERMINATED): Promise<void> => {
  await (fixture as ErasureFixture).tell('account-deleted', { uin }, at);
};

/** A task that is stored makes the system index of tasks. */
const systemIndexBehindAlias = async ({ client, id }: PurgeFixture): Promise<void> => {
  const { task = '' } = await client.deleteByQuery({
    index: `${id}-*`,
    query: { match_none: {} },
    wait_for_completion: false,
  });
  await client.tasks.get({ task_id: String(task), wait_for_completion: true });
  await client.indices.updateAliases({ actions: [{ add: { index: '.tasks', alias: `${id}-tasks` } }] });
};

/** Why a code has no problem of its own. */
const NOTICE = 'a notice: nothing is in the way';

const LEDGER = 'of the ledger, not of a run: followed in test/integration/cli/records/forgotten.test.ts';
const ALTERED = 'of the ledger, not of a run: followed in test/integration/cli/records/altered.test.ts';
const CONTROLS = 'a person decides: followed in test/unit/cli/controls/control-commands.test.ts';
const BRAKED = 'a person decides: followed in test/integration/erasure/runs/braked.test.ts';

/** Every code that a finding can have: how it comes about and what leads out, or why that is not tried here. */
export const PROBLEMS: Readonly<Record<Finding['code'], Problem | string>> = {
  paused: CONTROLS,
  'rests-shortened': 'a notice: nothing has to be done',
  'pause-breaks-promise': CONTROLS,
  'controls-unread': CONTROLS,
  'controls-changed': 'a notice: the next run plans anew',
  'hold-to-review': CONTROLS,
  'hold-not-examined': CONTROLS,
  'erasures-held': CONTROLS,
  closed: {
    make: async (fixture) => fixture.client.indices.close({ index: await fixture.createIndex('closed', { old }) }),
  },
  red: {
    make: ({ client, id }) =>
      client.indices.create({
        index: `${id}-red`,
        settings: { number_of_replicas: 0, 'index.routing.allocation.include._name': 'nobody' },
        wait_for_active_shards: 0,
      }),
    follow: async ({ client }, { index = '', fix }) => {
      await sendAdvised(client, fix);
      const settings = { 'index.routing.allocation.include._name': null } as estypes.IndicesIndexSettings;
      await client.indices.putSettings({ index, settings });
      await client.cluster.health({ index, wait_for_status: 'yellow' });
      return undefined;
    },
  },
  'read-blocked': { make: blocked('read', { old }) },
  unanswered: { make: blocked('metadata', { old }) },
  'shadowed-metadata': {
    make: async (fixture) => {
      const index = await fixture.createIndex('shadowed', { old, live });
      await fixture.client.indices.putMapping({ index, runtime: { _index: { type: 'keyword' } } });
    },
  },
  'timestamp-mapping': {
    make: mappedWrongly(old, { '@timestamp': { type: 'text' } }, 'wrong-timestamp'),
    follow: reindexed,
  },
  'ingested-mapping': {
    make: mappedWrongly(
      { ...old, event: { ingested: daysAgo(20) } },
      { event: { properties: { ingested: { type: 'keyword' } } } },
      'wrong-ingested',
    ),
    follow: reindexed,
  },
  'account-mapping': {
    fixture: erasureFixture,
    make: async (fixture) => {
      await mappedWrongly(of('42'), { uin: { type: 'text' } })(fixture);
      await terminated(fixture, '42');
    },
    follow: reindexed,
  },
  'identifier-mapping': {
    fixture: erasureFixture,
    make: async (fixture) => {
      await mappedWrongly(of('4'), { uin: { type: 'keyword', ignore_above: 3 } })(fixture);
      await terminated(fixture, '12345');
    },
    follow: reindexed,
  },
  'not-examined': {
    fixture: erasureFixture,
    make: async (fixture) => {
      const mappings = { _source: { enabled: false }, properties: { ...PROPERTIES, uin: { type: 'long' } } } as const;
      await fixture.client.indices.create({ index: `${fixture.id}-blind`, mappings });
      await fixture.add(`${fixture.id}-blind`, { a: of('42') });
      await terminated(fixture, '42');
    },
    follow: async (fixture) => {
      await fixture.createIndex('again', { a: of('42') });
      await fixture.client.indices.delete({ index: `${fixture.id}-blind` });
      return undefined;
    },
  },
  'unindexed-account': {
    fixture: erasureFixture,
    make: async (fixture) => {
      await mappedWrongly(of('12345'), { uin: { type: 'keyword', ignore_above: 3 } })(fixture);
      await fixture.client.indices.putMapping({
        index: `${fixture.id}-wrong`,
        properties: { uin: { type: 'keyword' } },
      });
      await terminated(fixture, '12345');
    },
  },
  'unreadable-documents': {
    fixture: erasureFixture,
    make: async (fixture) => {
      await fixture.createIndex('odd', { a: of('42') });
      await sendAsYaml(fixture.client, `${fixture.id}-odd`, 'odd', { note: 'nothing that the mapping takes' });
      await terminated(fixture, '42');
    },
    follow: async ({ client, id }, { fix }) => {
      const [{ body } = {}] = requestsIn(fix);
      const { hits } = await client.search({ index: `${id}-*`, ...body });
      for (const { _index, _id = '' } of hits.hits)
        await client.index({ index: _index, id: _id, document: live, refresh: true });
      return undefined;
    },
  },
  'unclear-account': {
    fixture: erasureFixture,
    make: async (fixture) => {
      const owner = { type: 'keyword' } as const;
      const document = { owner: '42', '@timestamp': of()['@timestamp'] };
      await mappedWrongly(document, { owner: { ...owner, copy_to: 'uin' } })(fixture);
      await fixture.client.indices.putMapping({ index: `${fixture.id}-wrong`, properties: { owner } });
      await terminated(fixture, '42');
    },
  },
  undatable: { make: (fixture) => fixture.createIndex('undated', { undated: {} }), follow: backfilled },
  'ahead-of-ingestion': {
    make: (fixture) => fixture.createIndex('ahead', { a: dated(1, 16), b: live }),
    follow: decided('ingested'),
  },
  'behind-ingestion': {
    make: (fixture) => fixture.createIndex('behind', { a: dated(20, 1), b: dated(21, 1) }),
    follow: decided('timestamp'),
  },
  'clock-skew': 'of the clocks, and a refusal as well: followed in test/integration/purge/runs/clocks.test.ts',
  'write-blocked': { make: blocked('write', { old, live }) },
  'write-block-left': 'of a run that died: followed in test/failures/leftover-blocks.test.ts',
  'drop-blocked': { make: blocked('read_only', { old }) },
  'no-sequence-numbers':
    'of servers since 9.4: followed in test/integration/purge/indices/without-sequence-numbers.test.ts',
  'no-index': {
    fixture: erasureFixture,
    make: (fixture) => terminated(fixture, '42'),
    follow: async (fixture) => {
      await fixture.createIndex('first');
      return undefined;
    },
  },
  'unclaimed-index': 'of the whole cluster: followed in test/integration/cli/runs/unclaimed.test.ts',
  'erasure-overdue': {
    fixture: erasureFixture,
    make: async (fixture) => {
      await blocked('write', { a: of('42'), b: of('9') })(fixture);
      await terminated(fixture, '42', NOW - 8 * DAY);
    },
    follow: async (fixture) => {
      const { findings } = await fixture.runPurge();
      for (const { code, fix } of findings) if (code === 'write-blocked') await sendAdvised(fixture.client, fix);
      return undefined;
    },
  },
  'erasures-left': `takes ${SUBJECTS_PER_RUN + 1} accounts: followed, with fewer, in test/integration/erasure/runs/beyond-one-run.test.ts`,
  'shared-documents': {
    fixture: erasureFixture,
    make: async (fixture) => {
      await fixture.createIndex('shared', { both: of('42', '9'), other: of('9') });
      await terminated(fixture, '42');
    },
    follow: async (fixture) => {
      await fixture.add(`${fixture.id}-shared`, { both: of('9') });
      return undefined;
    },
  },
  'new-use': NOTICE,
  'no-account': NOTICE,
  'system-index': {
    make: async (fixture) => {
      await fixture.createIndex('own', { old });
      await systemIndexBehindAlias(fixture);
    },
  },
  'hidden-index': {
    make: (fixture) => fixture.createIndex('hidden', { old }, { settings: { hidden: true } }),
  },
  'foreign-index': {
    make: (fixture) => fixture.createIndex('x', { old }, { foreign: true, aliases: { [`${fixture.id}-alias`]: {} } }),
  },
  'searchable-snapshot': 'the embedded server can make none',
  'follower-index': 'the embedded server can make none',
  'ledger-not-examined': {
    fixture: () => {
      takeNothingOver();
      return purgeFixture({ ownLedger: true });
    },
    make: async ({ client, policy, category, createIndex }) => {
      await createIndex('aged', { old, live });
      await client.indices.create({ index: ownIndices(policy, category.id).ledger });
    },
    follow: async ({ client, policy, category }) => {
      await client.indices.delete({ index: ownIndices(policy, category.id).ledger });
      return undefined;
    },
  },
  'not-moved': 'followed in test/integration/erasure/records/moving.test.ts',
  'orphaned-erasures': LEDGER,
  'forgotten-events': LEDGER,
  'forgotten-copies': LEDGER,
  'manifest-not-written': NOTICE,
  'heard-ahead': 'of the event log, not of a run: looked at in test/unit/erasure/archive/manifest.test.ts',
  'event-without-copy': NOTICE,
  'erasures-braked': BRAKED,
  'erasures-taken-back': NOTICE,
  'altered-entry': ALTERED,
  'altered-event': ALTERED,
  'forged-report': NOTICE,
  'evidence-not-examined':
    'of reports and receipts, not of a run: followed in test/integration/cli/runs/verify.test.ts',
  'not-dated': 'of backfill-dates: followed in test/integration/purge/backfill/backfill-obstacles.test.ts',
  'not-in-saved-plan': 'of a saved plan: followed in test/integration/cli/runs/saved-plan.test.ts',
  'not-purged': {
    make: (fixture) => fixture.createIndex('late', { old, live }),
    run: { budget: () => 0 },
    follow: async () => undefined,
  },
};
