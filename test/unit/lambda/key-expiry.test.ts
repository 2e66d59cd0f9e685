import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { publishKeyDaysLeft } from '../../../lib/lambda/metrics/key-expiry.ts';
import { DAY } from '../../../lib/policy/time/duration.ts';
import { metricKey, metricsIn } from '../../support/deployment/embedded-metrics.ts';

const NOW = Date.parse('2026-11-28T09:00:00Z');

beforeEach(() => {
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
  vi.stubEnv('POWERTOOLS_DEV', 'true');
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const publish = (expiresAt?: number) => {
  const lines = vi.spyOn(console, 'log').mockReturnValue(undefined);
  const warn = vi.fn();
  const end = expiresAt === undefined ? {} : { apiKeyExpiresAt: expiresAt };
  publishKeyDaysLeft({ service: 'es-retention', stage: 'prod' }, end, NOW, { warn }, 'uins');
  return {
    sent: lines.mock.calls.flatMap(([line]) => metricsIn(line)),
    warnings: warn.mock.calls.map(([text]) => text),
  };
};

test('a function reports the days until its key expires, by service and stage only', () => {
  const { sent, warnings } = publish(NOW + 20 * DAY);
  const dimensions = { service: 'es-retention', stage: 'prod' };
  const key = metricKey('es-retention', 'ElasticsearchKeyDaysLeft', dimensions);
  expect(sent).toEqual([{ key, name: 'ElasticsearchKeyDaysLeft', value: 20 }]);
  expect(warnings).toEqual([]);
});

test('with less than 14 days left, the log names the key and its expiry', () => {
  const { sent, warnings } = publish(NOW + 14 * DAY - 1);
  expect(sent[0]?.value).toBeLessThan(14);
  expect(warnings).toEqual(['uins: its Elasticsearch key expires at 2026-12-12T08:59:59.999Z']);
});

test('nothing is reported about a key with an unknown expiry', () => {
  expect(publish()).toEqual({ sent: [], warnings: [] });
});
