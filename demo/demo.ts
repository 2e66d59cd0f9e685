/**
 * `npm run demo`: seven categories of personal data on a real Elasticsearch, before and after their purge functions ran.
 * What is shown is in show.ts, and in show-termination.ts.
 */
import { styleText } from 'node:util';
import { messageOf } from '../lib/purge/errors.ts';
import { openTestServer } from '../test/support/embedded-elasticsearch/start.ts';
import { enforcedPolicy } from './demo-policy.ts';
import { interruption, unlessInterrupted } from './interruption.ts';
import { settleIn } from './premises.ts';
import { heading, say, stopwatch } from './say.ts';
import { show } from './show.ts';
import { showTermination } from './show-termination.ts';

const main = async (signal: AbortSignal): Promise<number> => {
  const total = stopwatch();
  const policy = enforcedPolicy();
  console.log(
    styleText('bold', 'es-retention: seven functions keep a privacy policy’s promises on a real Elasticsearch'),
  );
  if (!process.env.ES_RETENTION_TEST_URL)
    say('Starting an Elasticsearch of its own (the first time it is fetched: some 140 MB) …');
  const server = await unlessInterrupted(openTestServer(), signal);
  const premises = await settleIn(server, policy);
  let kept: boolean;
  try {
    const whose = server.embedded ? '' : ', which ES_RETENTION_TEST_URL names';
    say(`Elasticsearch ${server.version} at ${premises.url}${whose} (${total()})`);
    const isPurged = await show(premises, signal);
    const isErased = await showTermination(premises, signal);
    kept = isPurged && isErased;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    await premises.leave();
  }
  heading('Next');
  say('README.md, and retention-policy.yml: the promises as data. On a cluster of yours, this shows what a purge');
  say('would do, and changes nothing:  ELASTICSEARCH_URL=https://… node bin/es-retention.mjs plan');
  say(`\nEverything that the demo made is gone. ${total()} in all.`);
  return kept ? 0 : 1;
};

const signal = interruption();
try {
  process.exitCode = await main(signal);
} catch (error) {
  const interrupted = error === signal.reason;
  console.error(`\n${interrupted ? 'Interrupted. Everything that the demo made is gone.' : messageOf(error)}`);
  process.exitCode = interrupted ? 130 : 1;
}
process.exit();
