import { describe, expect, test, vi } from 'vitest';
import { TransientError } from '../../../../lib/base/errors.ts';
import { prometheusText } from '../../../../lib/cli/prometheus/prometheus-text.ts';
import { type StatusNumbers, statusGauges } from '../../../../lib/cli/prometheus/status-gauges.ts';
import { NO_CONTROLS } from '../../../../lib/control/controls.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { serviceInMemory } from '../../../support/in-memory/service-in-memory.ts';
import { type ParsedSample, parseExposition } from '../../../support/prometheus/parse-exposition.ts';

const UIN = '9007199254740993';
const NAMES = ['call-logs', 'settings'];

const valueIn = (samples: readonly ParsedSample[], name: string, labels: Record<string, string> = {}) =>
  samples.find(
    (sample) =>
      sample.name === `es_retention_${name}` &&
      Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  )?.value;

const gauges = async (service: ReturnType<typeof serviceInMemory>) => {
  const { code, stdout, stderr } = await service.run('status', '--prometheus');
  return { code, stderr, stdout, samples: parseExposition(stdout) };
};

describe('status --prometheus', () => {
  test('has zeros before the first run, and omits the values that do not exist yet', async () => {
    const { code, samples, stderr } = await gauges(serviceInMemory());
    expect([code, stderr]).toEqual([0, '']);
    const erasing = samples.filter(({ name }) => name === 'es_retention_erasures').map(({ labels }) => labels.category);
    expect(new Set(erasing).size).toBe(1);
    const [category = ''] = erasing;
    for (const state of ['pending', 'erasing', 'braked', 'held', 'erased', 'nothing-found', 'cancelled'])
      expect([state, valueIn(samples, 'erasures', { category, state })]).toEqual([state, 0]);
    for (const name of ['erasures_due', 'erasures_overdue', 'receipts_due', 'holds', 'holds_to_review', 'paused'])
      expect([name, valueIn(samples, name, { category })]).toEqual([name, 0]);
    expect(valueIn(samples, 'erasures_not_carried_out')).toBe(0);
    expect(samples.filter(({ name }) => name === 'es_retention_category_unread').map(({ value }) => value)).toEqual([
      0, 0,
    ]);
    // There is no run yet, and no deadline.
    for (const name of ['last_run_timestamp_seconds', 'promise_kept', 'nearest_deadline_timestamp_seconds'])
      expect(valueIn(samples, name)).toBeUndefined();
  });

  test('still has the end of the last finished run after seven runs that died', async () => {
    const service = serviceInMemory();
    await service.run('purge', '--execute', '--yes');
    const ended = valueIn((await gauges(service)).samples, 'last_run_timestamp_seconds');
    expect(ended).toBeGreaterThan(0);
    const { reportStore } = service.backend;
    const close = vi
      .spyOn(reportStore, 'close')
      .mockRejectedValue(new TransientError('store-busy', { expected: 'a', found: 'b', fix: 'c' }));
    for (let run = 0; run < 7; run++) await service.run('purge', '--execute', '--yes');
    expect(close.mock.calls.length).toBeGreaterThanOrEqual(7);
    expect(valueIn((await gauges(service)).samples, 'last_run_timestamp_seconds')).toBe(ended);
  });

  test('has the numbers of status and of the last run, and names no account', async () => {
    const service = serviceInMemory();
    service.store.write('call-log-1', 'old', { timestamps: [Date.now() - 20 * DAY], ingested: [] });
    service.store.write('call-log-1', 'live', { timestamps: [Date.now() - DAY], ingested: [] });
    await service.run('purge', '--execute', '--yes');
    await service.run(
      'terminate',
      '--uin',
      UIN,
      '--account-deleted',
      '--at',
      new Date(Date.now() - 8 * DAY).toISOString(),
    );
    await service.run('terminate', '--uin', '7', '--account-deleted');
    const { code, samples, stdout } = await gauges(service);
    expect(code).toBe(3);
    expect(stdout).not.toContain(UIN);
    const status = JSON.parse((await service.run('status', '--json')).stdout);
    const [{ category, ...counts }] = status.categories;
    expect(counts).toMatchObject({ pending: 2, due: 1, overdue: 1 });
    for (const state of ['pending', 'erasing', 'braked', 'held', 'erased', 'cancelled'])
      expect([state, valueIn(samples, 'erasures', { category, state })]).toEqual([state, counts[state]]);
    expect(valueIn(samples, 'erasures_due', { category })).toBe(counts.due);
    expect(valueIn(samples, 'erasures_overdue', { category })).toBe(counts.overdue);
    const deadline = (valueIn(samples, 'nearest_deadline_timestamp_seconds', { category }) ?? 0) * 1000;
    expect(Math.abs(deadline - (Date.now() - DAY))).toBeLessThan(60_000);
    const logs = NAMES.find((name) => name !== category) ?? '';
    expect(valueIn(samples, 'promise_kept', { category: logs })).toBe(1);
    expect(valueIn(samples, 'documents', { category: logs })).toBe(1);
    expect(valueIn(samples, 'documents_due', { category: logs })).toBe(0);
    expect(valueIn(samples, 'retention_lag_seconds', { category: logs })).toBe(0);
    const ranAt = (valueIn(samples, 'last_run_timestamp_seconds', { category: logs }) ?? 0) * 1000;
    expect(Date.now() - ranAt).toBeLessThan(60_000);
    expect(valueIn(samples, 'info', { mode: 'enforce', cluster: 'in memory' })).toBe(1);
  });

  test('marks a category that cannot be read, and ends with exit code 1', async () => {
    const service = serviceInMemory();
    service.store.write('call-log-1', 'live', { timestamps: [Date.now()], ingested: [] });
    await service.run('purge', '--execute', '--yes');
    const busy = new TransientError('store-busy', { expected: 'a', found: 'b', fix: 'c' });
    vi.spyOn(service.backend.records.ledger, 'find').mockRejectedValue(busy);
    const { code, samples } = await gauges(service);
    expect(code).toBe(1);
    const unread = samples.filter(({ name, value }) => name === 'es_retention_category_unread' && value === 1);
    expect(unread).toHaveLength(1);
    const category = unread[0]?.labels.category ?? '';
    expect(valueIn(samples, 'erasures', { category })).toBeUndefined();
    expect(valueIn(samples, 'erasures_not_carried_out')).toBeUndefined();
    expect(valueIn(samples, 'last_run_timestamp_seconds', { category })).toBeGreaterThan(0);
    vi.restoreAllMocks();
  });

  test.each([['--json'], ['--closed'], ['--quiet'], ['--uin', '7'], ['--csv']])(
    'is refused together with %s',
    async (...more) => {
      const { code, stdout } = await serviceInMemory().run('status', '--prometheus', ...more.filter(Boolean));
      expect(code).toBe(2);
      expect(stdout).not.toContain('es_retention_');
    },
  );
});

describe('the text format', () => {
  const numbers: StatusNumbers = {
    now: 1_795_510_800_500,
    cluster: 'a "b" \\ c\n# HELP x y\u001b[31m',
    policyVersion: 'v',
    mode: 'observe',
    categories: [
      {
        category: 'logs',
        isUnread: false,
        controls: { controls: NO_CONTROLS, version: '1' },
        lastRun: {
          outcome: 'refused',
          finishedAt: 1_795_510_000_250,
          kept: true,
          retentionLag: 90_061_500,
          found: { documents: 1e21, due: 4, overdue: 3, undatable: 2 },
          documentsRemoved: 0,
          indicesDropped: 0,
          refusals: ['surprises'],
          findings: [],
        },
      },
    ],
  };

  test('escapes control characters in the name of a cluster', () => {
    const text = prometheusText(statusGauges(numbers));
    const [info] = parseExposition(text);
    expect(info?.labels.cluster).toBe('a "b" \\ c\\u{a}# HELP x y\\u{1b}[31m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  test('has times in seconds, and reports the promise of a refused plan as not kept', () => {
    const samples = parseExposition(prometheusText(statusGauges(numbers)));
    expect(valueIn(samples, 'status_timestamp_seconds')).toBe(1_795_510_800.5);
    expect(valueIn(samples, 'retention_lag_seconds')).toBe(90_061.5);
    expect(valueIn(samples, 'promise_kept')).toBe(0);
    expect(valueIn(samples, 'plan_refused')).toBe(1);
    expect(valueIn(samples, 'documents')).toBe(1e21);
  });
});
