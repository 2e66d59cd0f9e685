import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { archivePeriods } from '../../lib/erasure/archive-periods.ts';
import { MESSAGE_LIFE, QUEUE_RETENTION } from '../../lib/erasure/message-age.ts';
import { DAY } from '../../lib/policy/duration.ts';
import { ledgerMemory } from '../../lib/policy/ledger-memory.ts';
import { ownIndices } from '../../lib/policy/own-indices.ts';
import { parseRetentionPolicy } from '../../lib/policy/retention-policy.ts';

const PAGE = readFileSync('docs/personal-data.md', 'utf8');
const policy = parseRetentionPolicy(readFileSync('retention-policy.yml', 'utf8'), 'retention-policy.yml');

/** As the page names them: the category stands for itself. */
const NAMES = ownIndices(policy, '<category>');

/** By place, the longest time that the page gives. */
const LONGEST = new Map(
  [...PAGE.matchAll(/^\| (?!place|---)(.*?) \| .*? \| .*? \| (.*?) \| .*? \|$/gm)].map(
    ([, place = '', longest = '']) => [place, longest],
  ),
);

const longestOf = (part: string): string => {
  const rows = [...LONGEST].filter(([place]) => place.includes(part));
  expect(rows, `one row about ${part}`).toHaveLength(1);
  return rows[0]?.[1] ?? '';
};

/** The first number of days that a cell names. */
const daysOf = (part: string): number => Number(/([\d,]+) days?/.exec(longestOf(part))?.[1]?.replace(',', ''));

const serverless = parse(readFileSync('serverless.yml', 'utf8'), { logLevel: 'error' });

test('the inventory of personal data gives the periods that the code keeps', () => {
  const [memory, periods] = [ledgerMemory(policy) / DAY, archivePeriods(policy)];
  expect(daysOf('closed entries')).toBe(memory);
  expect(daysOf(`${NAMES.events}\``)).toBe(memory);
  expect(daysOf('archive, `events`')).toBe(periods.events / DAY);
  expect(daysOf('archive, `entries`')).toBe(periods.entries / DAY);
  expect(daysOf('archive, `receipts`')).toBe(periods.receipts / DAY);
  expect(daysOf(`${NAMES.receipts}\``)).toBe(periods.receipts / DAY);
  expect(daysOf(`${NAMES.reports}\``)).toBe(policy.reports.maxAge.milliseconds / DAY);
  expect(daysOf('logs of the functions')).toBe(serverless.provider.logRetentionInDays);
  const deadLetters = parse(readFileSync('deploy/dead-letters.yml', 'utf8'), { logLevel: 'error' });
  expect(daysOf('dead letters')).toBe(MESSAGE_LIFE / DAY);
  const deliverySeconds = 86_400 + serverless.custom.purge.maximumEventAge; // of the bus, and of Lambda
  expect(deadLetters.Resources.DeadLetters.Properties.MessageRetentionPeriod).toBe(QUEUE_RETENTION / 1_000);
  expect(QUEUE_RETENTION + deliverySeconds * 1_000).toBe(MESSAGE_LIFE);
  const deadlines = [...policy.categories.values()].flatMap(
    ({ rules }) => rules.termination?.deadline.milliseconds ?? [],
  );
  expect(daysOf('open entries')).toBe(Math.max(...deadlines) / DAY);
  expect(PAGE).toContain(`(${policy.backups.milliseconds / DAY} days as shipped)`);
});

test('the inventory of personal data has a row for every index of ours', () => {
  for (const name of Object.values(NAMES))
    expect([...LONGEST.keys()].filter((place) => place.includes(`\`${name}\``)).length, name).toBeGreaterThan(0);
});
