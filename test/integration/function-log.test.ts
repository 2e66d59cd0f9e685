import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { purgeHandler } from '../../lib/lambda/purge-handler.ts';
import { RULE_EVENT } from '../support/deployment/schedule-events.ts';
import { aged, type CliFixture, cliFixture } from './cli/command-line.ts';

const LEVELS = ['info', 'warn', 'error'] as const;

interface Line {
  readonly level: 'INFO' | 'WARN' | 'ERROR';
  readonly message: string;
  readonly refusal?: { readonly code: string };
}

let lines: Line[];

beforeEach(() => {
  lines = [];
  // The logger then writes to the console of this process, where a test can look.
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'INFO');
  vi.stubEnv('ELASTICSEARCH_URL', inject('elasticsearchUrl'));
  for (const level of LEVELS)
    vi.spyOn(console, level).mockImplementation((line: string) => void lines.push(JSON.parse(line)));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** Invokes the function of `calls`, of which two of three documents are expired, and returns what it logged. */
const logOf = async (
  { categoryId, policyFileWith, createIndex }: CliFixture,
  changes: Parameters<CliFixture['policyFileWith']>[0],
  remaining = 60_000,
) => {
  vi.stubEnv('RETENTION_POLICY', policyFileWith(changes));
  await createIndex('calls-1', { ...aged(20, 2), ...aged(1) });
  await purgeHandler(categoryId('calls'))(RULE_EVENT, { getRemainingTimeInMillis: () => remaining } as Context);
  return lines.map(({ level, message }) => `${level} ${message.replace(categoryId('calls'), 'calls')}`);
};

test('a run that kept the promise is logged as information', async () => {
  expect(await logOf(cliFixture(), {})).toContain('INFO calls: complete');
  expect(lines.filter(({ level }) => level === 'ERROR')).toEqual([]);
});

test('a refused run is logged as an error, with each refusal and its numbers', async () => {
  const log = await logOf(cliFixture(), { maxShare: 0.5 });
  expect(log).toContain('ERROR calls: refused');
  const refusals = lines.filter(({ refusal }) => refusal !== undefined);
  expect(refusals).toMatchObject([
    {
      level: 'WARN',
      message: expect.stringContaining('2 of 3 documents (66.7 %)'),
      refusal: { code: 'share', found: '2 of 3 documents (66.7 %)' },
    },
  ]);
});

test('a run that leaves overdue documents is logged as a warning', async () => {
  expect(await logOf(cliFixture(), {}, 4_000)).toContain('WARN calls: incomplete');
});

test('the log of a run that only observed says how to enforce the promises', async () => {
  const log = await logOf(cliFixture(), { mode: 'observe' });
  expect(log).toContainEqual(
    expect.stringMatching(
      /^INFO calls: observed\. mode: observe in policy\.yml: nothing is destroyed\. To keep the promises, write mode: enforce there\.$/,
    ),
  );
});
