import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Uint8ArrayReader, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parseRetentionPolicy } from '../../lib/policy/retention-policy.ts';
import { type EmbeddedServer, startEmbeddedElasticsearch } from '../support/embedded-elasticsearch/start.ts';

const folder = mkdtempSync(join(tmpdir(), 'es-retention-package-'));
const policy = parseRetentionPolicy(readFileSync('retention-policy.yml', 'utf8'), 'retention-policy.yml');

const unpack = async (zip: string, into: string): Promise<void> => {
  const reader = new ZipReader(new Uint8ArrayReader(readFileSync(zip)));
  for (const entry of await reader.getEntries()) {
    if (entry.directory) continue;
    const path = join(into, entry.filename);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, await entry.getData(new Uint8ArrayWriter()));
  }
  await reader.close();
};

const INVOKE = `
  const { handler } = await import(process.argv[1]);
  const event = { 'detail-type': 'Scheduled Event', source: 'aws.scheduler', id: 'x', time: '2026-01-01T00:00:00Z', detail: '{}' };
  console.log(JSON.stringify(await handler(event, { getRemainingTimeInMillis: () => 60_000 })));
`;

describe('a packaged function', () => {
  const zips = join(folder, 'zips');
  // Of its own: it runs the shipped policy, whose leases other tests hold on the server that they share.
  let server: EmbeddedServer;

  beforeAll(async () => {
    server = await startEmbeddedElasticsearch();
    execFileSync('node', ['node_modules/serverless/bin/serverless.js', 'package', '--package', zips], {
      env: { PATH: process.env.PATH, HOME: folder, SLS_NOTIFICATIONS_MODE: 'off' },
    });
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('exists for each category of the policy', () => {
    const names = readdirSync(zips).filter((name) => name.endsWith('.zip'));
    expect(names.sort()).toEqual([...policy.categories.keys()].map((id) => `purge-${id}.zip`).sort());
  });

  it('has the schedule that the policy gives its category, in its time zone', () => {
    const template = JSON.parse(readFileSync(join(zips, 'cloudformation-template-update-stack.json'), 'utf8'));
    const resources = Object.values<{ Type: string; Properties: Record<string, unknown> }>(template.Resources);
    const schedules = resources
      .filter(({ Type }) => Type === 'AWS::Scheduler::Schedule')
      .map(({ Properties }) => `${Properties.ScheduleExpression} ${Properties.ScheduleExpressionTimezone}`);
    const promised = [...policy.categories.values()].map(
      ({ schedule }) => `${schedule.expression} ${schedule.timeZone}`,
    );
    expect(schedules.sort()).toEqual(promised.sort());
    // A rule's schedule would run in UTC, whatever the policy says.
    expect(resources.filter(({ Type }) => Type === 'AWS::Events::Rule')).toEqual([]);
  });

  it('runs from its zip alone, by the policy that lies in it', async () => {
    const root = join(folder, 'task');
    await unpack(join(zips, 'purge-backend-logs.zip'), root);
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', INVOKE, join(root, 'functions', 'purge-backend-logs.mjs')],
      {
        cwd: folder,
        encoding: 'utf8',
        env: { LAMBDA_TASK_ROOT: root, ELASTICSEARCH_URL: server.url, POWERTOOLS_LOG_LEVEL: 'SILENT' },
      },
    );
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      category: 'backend-logs',
      mode: 'observe',
      outcome: 'observed',
      policyVersion: policy.version,
    });
  });
});

describe('the time zone of a schedule', () => {
  const SHIPPED = readFileSync('retention-policy.yml', 'utf8');
  const cron = SHIPPED.replace('schedule: rate(1 hour)', 'schedule: cron(0 3 * * ? *)');

  it.each([
    ['its category’s own', cron.replace(/(cron\(.*\))/, '$1\n    timeZone: Asia/Tokyo')],
    ['else that of the defaults', cron.replace('timeZone: UTC', 'timeZone: Europe/Berlin')],
    ['else UTC', cron.replace('  timeZone: UTC\n', '')],
  ])('is %s', (_, text) => {
    const service = mkdtempSync(join(tmpdir(), 'es-retention-service-'));
    onTestFinished(() => rmSync(service, { recursive: true }));
    for (const name of ['serverless.yml', 'package.json']) cpSync(name, join(service, name));
    symlinkSync(resolve('node_modules'), join(service, 'node_modules'));
    writeFileSync(join(service, 'retention-policy.yml'), text);
    const printed = execFileSync(
      'node',
      [resolve('node_modules/serverless/bin/serverless.js'), 'print', '--format', 'json'],
      {
        cwd: service,
        encoding: 'utf8',
        env: { PATH: process.env.PATH, HOME: service, SLS_NOTIFICATIONS_MODE: 'off' },
      },
    );
    const { functions } = JSON.parse(printed);
    const read = parseRetentionPolicy(text, 'retention-policy.yml');
    for (const [id, { schedule }] of read.categories)
      expect(functions[`purge-${id}`].events).toEqual([
        { schedule: { method: 'scheduler', rate: [schedule.expression], timezone: schedule.timeZone } },
      ]);
  });
});
