import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { copyName } from '../../lib/adapters/elasticsearch/own-index/own-index-state.ts';
import { archivePeriods } from '../../lib/erasure/archive/archive-periods.ts';
import { MESSAGE_LIFE, QUEUE_RETENTION } from '../../lib/erasure/intake/message-age.ts';
import { ledgerMemory } from '../../lib/policy/ledger-memory.ts';
import { ownIndices } from '../../lib/policy/own-indices.ts';
import { parseRetentionPolicy } from '../../lib/policy/parsing/parse-retention-policy.ts';
import { DAY, HOUR } from '../../lib/policy/time/duration.ts';

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

const SECOND = 1_000;
/**
 * How long CloudWatch takes to delete what is expired:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html
 */
const LOGS_GO = '72 hours';

/** How long the bus tries, in seconds: the same for every rule. */
const busAge = (): number => {
  const ages = [...readFileSync('deploy/events/bus-events.ts', 'utf8').matchAll(/maximumEventAge: ([\d_]+)/g)];
  expect(ages).toHaveLength(1);
  return Number(ages[0]?.[1]?.replaceAll('_', ''));
};

const serverless = parse(readFileSync('serverless.yml', 'utf8'), { logLevel: 'error' });

test('the inventory of personal data states the same periods as the code', () => {
  const [memory, periods] = [ledgerMemory(policy) / DAY, archivePeriods(policy)];
  expect(daysOf('closed entries')).toBe(memory);
  expect(daysOf(`${NAMES.events}\``)).toBe(memory);
  expect(daysOf('archive, `events`')).toBe(periods.events / DAY);
  expect(daysOf('archive, `entries`')).toBe(periods.entries / DAY);
  expect(daysOf('archive, `receipts`')).toBe(periods.receipts / DAY);
  expect(daysOf('archive, `manifests`')).toBe(periods.manifests / DAY);
  expect(daysOf('archive, `statements`')).toBe(periods.statements / DAY);
  expect(daysOf(`${NAMES.receipts}\``)).toBe(periods.receipts / DAY);
  expect(daysOf(`${NAMES.reports}\``)).toBe(policy.reports.maxAge.milliseconds / DAY);
  const logDays = serverless.provider.logRetentionInDays;
  expect(longestOf('logs of the functions')).toBe(
    `${logDays} days, and up to ${LOGS_GO} until CloudWatch deletes them`,
  );
  const deadLetters = parse(readFileSync('deploy/events/dead-letters.yml', 'utf8'), { logLevel: 'error' });
  expect(daysOf('dead letters')).toBe(MESSAGE_LIFE / DAY);
  const [busSeconds, lambdaSeconds] = [busAge(), serverless.custom.purge.maximumEventAge];
  expect(longestOf('webhook, bus')).toBe(
    `${(busSeconds * SECOND) / DAY} day on the bus, then ${(lambdaSeconds * SECOND) / HOUR} hours at Lambda`,
  );
  expect(PAGE).toContain(
    `EventBridge may have tried for ${(busSeconds * SECOND) / HOUR} hours and Lambda for ${(lambdaSeconds * SECOND) / HOUR}.`,
  );
  const kept = { days: Math.floor(QUEUE_RETENTION / DAY), hours: (QUEUE_RETENTION % DAY) / HOUR };
  const keptWords = `${kept.days} days and ${kept.hours} hours`;
  expect(PAGE.replaceAll(/\s+/g, ' ').split(keptWords)).toHaveLength(3);
  const deliverySeconds = busSeconds + lambdaSeconds;
  expect(deadLetters.Resources.DeadLetters.Properties.MessageRetentionPeriod).toBe(QUEUE_RETENTION / SECOND);
  expect(QUEUE_RETENTION + deliverySeconds * SECOND).toBe(MESSAGE_LIFE);
  const deadlines = [...policy.categories.values()].flatMap(
    ({ rules }) => rules.termination?.deadline.milliseconds ?? [],
  );
  expect(daysOf('open entries')).toBe(Math.max(...deadlines) / DAY);
  expect(PAGE).toContain(`(${policy.backups.milliseconds / DAY} days as shipped)`);
});

test('the inventory of personal data has a row for the copy of a rebuild', () => {
  expect(longestOf(`\`${copyName('INDEX')}\``)).toMatch(/until `setup --rebuild` is run again/);
});

test('the inventory of personal data has a row for every own index', () => {
  for (const name of Object.values(NAMES))
    expect([...LONGEST.keys()].filter((place) => place.includes(`\`${name}\``)).length, name).toBeGreaterThan(0);
});
