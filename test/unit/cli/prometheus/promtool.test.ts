import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { serviceInMemory } from '../../../support/in-memory/service-in-memory.ts';
import { findPromtool } from '../../../support/prometheus/promtool.ts';
import { optionalTool, skipWithout } from '../../../support/run/optional-tool.ts';

const promtool = skipWithout(await optionalTool(findPromtool));

test('promtool finds no faults and no bad names in the gauges', async () => {
  const service = serviceInMemory();
  service.store.write('call-log-1', 'old', { timestamps: [Date.now() - 20 * DAY], ingested: [] });
  await service.run('purge', '--execute', '--yes');
  await service.run('terminate', '--uin', '7', '--account-deleted');
  const { stdout } = await service.run('status', '--prometheus');
  expect(stdout).toContain('es_retention_nearest_deadline_timestamp_seconds{');
  expect(promtool?.(stdout)).toEqual({ code: 0, output: '' });
});

test('promtool finds a planted fault and a bad name', () => {
  const fault = '# HELP a x\n# TYPE a gauge\na{l="1"2"} 1\n';
  expect(promtool?.(fault).code).not.toBe(0);
  const badName = '# HELP lag_milliseconds x\n# TYPE lag_milliseconds gauge\nlag_milliseconds 1\n';
  expect(promtool?.(badName)).toEqual({ code: 3, output: expect.stringContaining('base unit') });
});

test('promtool accepts the alerts, and every gauge that they use exists', async () => {
  const text = readFileSync('deploy/recipes/alerts.yml', 'utf8');
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', 'deploy/recipes/alerts.yml']);
  expect([status, `${stdout}${stderr}`]).toEqual([0, expect.stringContaining('SUCCESS: 7 rules found')]);
  const service = serviceInMemory();
  await service.run('purge', '--execute', '--yes');
  const known = (await service.run('status', '--prometheus')).stdout;
  for (const [name] of text.matchAll(/es_retention_[a-z_]+/g)) expect(known).toContain(`# TYPE ${name} gauge`);
});
