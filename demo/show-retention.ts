import { count, number } from '../lib/cli/output/format.ts';
import type { PurgeAnswer } from '../lib/lambda/run-category.ts';
import { showCommand } from './command-line.ts';
import { countByAge, countIn } from './demo-counts.ts';
import type { DemoEnvironment } from './demo-environment.ts';
import { invokeOnSchedule } from './functions.ts';
import { type Fact, heading, print, printTable, stopwatch } from './output.ts';
import { APPLICATIONS } from './seed/customers.ts';
import { NOT_ROLLED_OVER, OFFLINE_PHONES, type Size, WRONG_CLOCKS } from './seed/documents.ts';
import { type Seeded, seed } from './seed/seed.ts';

const showSeeding = async (environment: DemoEnvironment, size: Size, signal: AbortSignal): Promise<Seeded> => {
  heading('Three weeks of data');
  const took = stopwatch();
  const seeded = await seed(environment, size, signal);
  const accounts = new Set(APPLICATIONS.map(({ uin }) => uin)).size;
  print(`${number(seeded.documents)} documents of ${accounts} accounts in ${seeded.indices} indices (${took()}):
one index a day for each of six categories, and one index of console configuration. Three special cases:
- ${NOT_ROLLED_OVER.category}: ${NOT_ROLLED_OVER.documents} documents of yesterday are in the index of ${NOT_ROLLED_OVER.indexDaysAgo} days ago. They must stay.
- ${OFFLINE_PHONES.category}: ${OFFLINE_PHONES.documents} documents dated ${OFFLINE_PHONES.daysAgo} days ago were stored ${OFFLINE_PHONES.indexDaysAgo} days ago. They must stay for 2 more days.
- ${WRONG_CLOCKS.category}: ${WRONG_CLOCKS.timestamps.length} documents dated 1970 or 2099 were stored ${WRONG_CLOCKS.indexDaysAgo} days ago. They must go.`);
  return seeded;
};

/** Runs all seven functions at once, as in the cloud. Waits for each, even if another fails. */
const showFunctions = async ({ policy }: DemoEnvironment, signal: AbortSignal): Promise<readonly PurgeAnswer[]> => {
  heading('The seven functions');
  const took = stopwatch();
  const results = await Promise.allSettled([...policy.categories.keys()].map((id) => invokeOnSchedule(id, signal)));
  const answers = results.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
  print(`Each got an event of its schedule, as EventBridge sends it. They ran at the same time (${took()}):`);
  printTable(
    ['function', 'outcome', 'indices dropped', 'documents removed'],
    answers.map(({ category, outcome, indicesDropped, documentsRemoved }) => [
      `purge-${category}`,
      outcome,
      number(indicesDropped),
      number(documentsRemoved),
    ]),
  );
  return answers;
};

const ageFacts = async ({ client }: DemoEnvironment, answers: readonly PurgeAnswer[]): Promise<readonly Fact[]> => {
  const [startedAt = ''] = answers.map((answer) => answer.startedAt).sort();
  const { documents, olderThan14Days, missed, wrongClock, request } = await countByAge(client, startedAt);
  const since = olderThan14Days - missed;
  const later = since > 0 ? ` Since then ${count(since, 'has', 'have')} turned 14 days old.` : '';
  return [
    {
      text: `Elasticsearch itself counts: ${missed} of ${number(documents)} documents were older than 14 days when the functions started.${later}\n    ${request}`,
      holds: missed === 0,
    },
    {
      text: `${wrongClock} of the ${WRONG_CLOCKS.timestamps.length} documents dated 1970 or 2099 are left.`,
      holds: wrongClock === 0,
    },
  ];
};

const caseFacts = async ({ client }: DemoEnvironment, { indexOf }: Seeded): Promise<readonly Fact[]> => {
  const [notRolledOver, offline] = [NOT_ROLLED_OVER, OFFLINE_PHONES].map(({ category, indexDaysAgo }) =>
    indexOf(category, indexDaysAgo),
  ) as [string, string];
  const stayed = await countIn(client, notRolledOver);
  const uploaded = await countIn(client, offline, '@timestamp:[* TO now-15d}');
  return [
    {
      text: `${stayed} documents are left in ${notRolledOver}: the ${NOT_ROLLED_OVER.documents} of yesterday.`,
      holds: stayed === NOT_ROLLED_OVER.documents,
    },
    {
      text: `${uploaded} of the ${OFFLINE_PHONES.documents} documents that were stored late are still in ${offline}.`,
      holds: uploaded === OFFLINE_PHONES.documents,
    },
  ];
};

/**
 * The first part: the data, the promises about it, the seven functions, and what is left.
 * @returns what was verified.
 */
export const showRetention = async (
  environment: DemoEnvironment,
  size: Size,
  signal: AbortSignal,
): Promise<readonly Fact[]> => {
  const seeded = await showSeeding(environment, size, signal);
  heading('Is each promise of retention-policy.yml kept? What would a purge do?');
  const before = await showCommand('verify');
  await showCommand('plan', '--category', 'sdk-logs');
  signal.throwIfAborted();
  const answers = await showFunctions(environment, signal);
  const after = await showCommand('verify');
  signal.throwIfAborted();
  const completed = answers.filter(({ outcome }) => outcome === 'complete').length;
  return [
    {
      text: `verify ended with exit code ${before} before the functions ran, and with ${after} afterwards.`,
      holds: before === 3 && after === 0,
    },
    { text: `${completed} of ${answers.length} functions reported "complete".`, holds: completed === answers.length },
    ...(await ageFacts(environment, answers)),
    ...(await caseFacts(environment, seeded)),
  ];
};
