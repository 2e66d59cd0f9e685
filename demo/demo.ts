/**
 * `npm run demo`: seven categories of personal data on a real Elasticsearch, before and after their purge functions
 * ran. The parts are in show-retention.ts and show-termination.ts.
 */
import { parseArgs, styleText } from 'node:util';
import { openTestServer } from '../embedded-elasticsearch/start.ts';
import { messageOf } from '../lib/base/errors.ts';
import { enforcedPolicy, openDemoEnvironment } from './demo-environment.ts';
import { type EventPlumbing, openEventPlumbing } from './event-plumbing.ts';
import { interruption, unlessInterrupted } from './interruption.ts';
import { keepRunning } from './keep-running.ts';
import { print, printFacts, stopwatch } from './output.ts';
import { A_FEW_DAYS, type Size, THREE_WEEKS } from './seed/documents.ts';
import { showRetention } from './show-retention.ts';
import { showTermination } from './show-termination.ts';

const USAGE = `Usage: npm run demo -- [--keep] [--small]
  --keep   leave the server running at the end, with commands to try
  --small  write less data: 7 of 21 days, and a few documents for each`;

interface DemoOptions {
  readonly keep: boolean;
  readonly size: Size;
}

/** The parsed options; undefined if they are not valid. */
const readOptions = (): DemoOptions | undefined => {
  try {
    const { keep, small } = parseArgs({
      options: { keep: { type: 'boolean', default: false }, small: { type: 'boolean', default: false } },
    }).values;
    return { keep, size: small ? A_FEW_DAYS : THREE_WEEKS };
  } catch {
    return undefined;
  }
};

const NEXT = `
Next: npm run demo -- --keep leaves the server running, with commands to try. On a cluster of yours, node bin/es-retention.mjs plan
shows what a purge would do, and changes nothing.`;
const GONE = 'Everything that the demo made is gone.';

/** @returns whether everything that the demo verified is true. */
const demo = async ({ keep, size }: DemoOptions, signal: AbortSignal): Promise<boolean> => {
  const total = stopwatch();
  const policy = enforcedPolicy();
  print(
    styleText('bold', 'es-retention: seven functions keep the promises of a privacy policy on a real Elasticsearch'),
  );
  if (!process.env.ES_RETENTION_TEST_URL) print('Starting Elasticsearch …');
  const server = await unlessInterrupted(openTestServer(), signal);
  const environment = await openDemoEnvironment(server, policy);
  let plumbing: EventPlumbing | undefined;
  let isProven: boolean;
  try {
    const whose = server.embedded ? 'started for the demo' : 'the one that ES_RETENTION_TEST_URL names';
    print(`Elasticsearch ${server.version} at ${environment.url}, ${whose} (${total()})`);
    const facts = [...(await showRetention(environment, size, signal))];
    plumbing = await openEventPlumbing(environment.policy, signal);
    facts.push(...(await showTermination(environment, plumbing, signal)));
    isProven = printFacts(facts);
    print(`${total()} in all.`);
    if (keep) await keepRunning(environment, plumbing, signal);
    else print(NEXT);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    await plumbing?.close();
    await environment.close();
  }
  print(GONE);
  return isProven;
};

const options = readOptions();
if (options === undefined) {
  console.error(USAGE);
  process.exit(2);
}
const signal = interruption();
signal.addEventListener('abort', () => console.error('\nEnding, and removing what the demo made …'));
try {
  process.exitCode = (await demo(options, signal)) ? 0 : 1;
} catch (error) {
  const isInterrupted = error === signal.reason;
  console.error(`\n${isInterrupted ? `Interrupted. ${GONE}` : messageOf(error)}`);
  process.exitCode = isInterrupted ? 130 : 1;
}
process.exit();
