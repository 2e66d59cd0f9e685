import { expect, test } from 'vitest';
import { erasureCliFixture, GONE, STAYS } from '../integration/cli/erasure-command-line.ts';
import { runInProcess } from '../support/command-line/in-process.ts';
import { temporaryFile } from '../support/run/temporary-file.ts';
import { type Passing, rewritingProxy } from '../support/server/rewriting-proxy.ts';

/** Every answer to a search or a count, also those within one answer to several. */
const extentsIn = ({ line, text }: Passing): { body: object; extents: Record<string, unknown>[] } => {
  if (!/_(?:search|msearch|count|pit)(?:\?|$)/.test(line)) return { body: {}, extents: [] };
  const body = JSON.parse(text);
  return { body, extents: body.responses ?? [body] };
};

const changing = (change: (extent: Record<string, unknown>) => void) => (passing: Passing) => {
  const { body, extents } = extentsIn(passing);
  for (const extent of extents) if (extent._shards !== undefined) change(extent);
  if (extents.length > 0) passing.text = JSON.stringify(body);
};

/** What a search finds that ended before it found anything. */
const withoutResults = (extent: Record<string, unknown>): void => {
  const empty = (aggregation: Record<string, unknown>) => {
    if (Array.isArray(aggregation.buckets)) aggregation.buckets = [];
    delete aggregation.after_key;
  };
  if (extent.hits !== undefined) extent.hits = { total: { value: 0, relation: 'eq' }, hits: [] };
  if (extent.count !== undefined) extent.count = 0;
  for (const each of Object.values(extent.aggregations ?? {})) empty(each as Record<string, unknown>);
};

const timesOut = changing((extent) => {
  withoutResults(extent);
  if (extent.hits !== undefined) extent.timed_out = true;
  else Object.assign(extent._shards as object, { successful: 0 });
});
const missesShards = changing((extent) => {
  withoutResults(extent);
  Object.assign(extent._shards as object, { total: 2, successful: 1, failed: 0 });
});

/** The same of searches in data alone: those are sent several at once. */
const inDataAlone = (rewrite: (passing: Passing) => void) => (passing: Passing) => {
  if (passing.line.includes('/_msearch')) rewrite(passing);
};

const OF_DATA = ['reconcile', 'verify', 'plan', 'purge'];
const OF_BOTH = [...OF_DATA, 'status', 'braked', 'housekeeping', 'receipt', 'replay'];
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  purge: ['--execute'],
  receipt: ['--uin', GONE],
  housekeeping: ['--dry-run'],
};

test.each([
  ['ends early', timesOut, OF_BOTH],
  ['misses a shard that nobody calls failed', missesShards, OF_BOTH],
  ['in data ends early', inDataAlone(timesOut), OF_DATA],
  ['in data misses a shard that nobody calls failed', inDataAlone(missesShards), OF_DATA],
])(
  'no command believes an answer if every search %s',
  async (_, rewrite, commands) => {
    const { seed, tell, left, environment } = await erasureCliFixture();
    const index = await seed();
    await tell('account-deleted', { uin: GONE }, 8);
    const url = await rewritingProxy(environment.ELASTICSEARCH_URL ?? '', rewrite);
    const active = ['--active', temporaryFile('active', `${STAYS}\n`)];
    for (const command of commands) {
      const args = [command, ...(command === 'reconcile' ? active : (ARGUMENTS[command] ?? [])), '--json'];
      const { code, stdout } = await runInProcess(args, { ...environment, ELASTICSEARCH_URL: url });
      expect(`${command} ends with ${code}`).toMatch(/ends with [13]$/);
      expect(stdout).not.toContain('"unexpected"');
      if (command === 'reconcile') expect(JSON.parse(stdout).unanswered).toMatchObject([{ index }]);
    }
    expect(await left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
  },
  120_000,
);
