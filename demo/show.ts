import { styleText } from 'node:util';
import { elasticsearchStore } from '../lib/adapters/elasticsearch/count/elasticsearch-documents.ts';
import { REQUEST_MILLISECONDS } from '../lib/app/purge-ports.ts';
import { ownIndices } from '../lib/policy/own-indices.ts';
import { criteriaOf } from '../lib/purge/criteria.ts';
import { Verification } from '../lib/purge/verify.ts';
import { APPLICATIONS } from './customers.ts';
import { countIndependently } from './independent-count.ts';
import { type Invocation, invoke } from './invoke.ts';
import type { Premises } from './premises.ts';
import { heading, say, stopwatch } from './say.ts';
import { seed } from './seed.ts';
import { NOT_ROLLED_OVER, OFFLINE_PHONES, WRONG_CLOCKS } from './seed-documents.ts';
import { amount, outcomeTable, stateTable } from './tables.ts';

type Invocations = readonly [Invocation, ...Invocation[]];

const showSeeding = async (premises: Premises, signal: AbortSignal): Promise<void> => {
  heading('Three weeks of a service’s life');
  const took = stopwatch();
  const { documents, indices } = await seed(premises, signal);
  const accounts = new Set(APPLICATIONS.map(({ uin }) => uin)).size;
  say(
    `${amount(documents)} documents of ${accounts} accounts with ${APPLICATIONS.length} applications, in ${indices} indices: one a day for each`,
  );
  say(`of six categories, and one for the configuration in use (${took()}). Among them, as in life:`);
  say(
    `- ${NOT_ROLLED_OVER.category}: a collector that never rolled over wrote ${NOT_ROLLED_OVER.documents} documents of yesterday into the`,
  );
  say(`  index of ${NOT_ROLLED_OVER.indexDaysAgo} days ago. They must stay, whatever the index is called.`);
  say(
    `- ${OFFLINE_PHONES.category}: phones that had been offline sent ${OFFLINE_PHONES.documents} lines of ${OFFLINE_PHONES.daysAgo} days ago, which were stored`,
  );
  say(`  ${OFFLINE_PHONES.indexDaysAgo} days ago. They must stay until they have been stored for 14 days.`);
  say(
    `- ${WRONG_CLOCKS.category}: ${WRONG_CLOCKS.timestamps.length} lines of ${WRONG_CLOCKS.indexDaysAgo} days ago bear the date of a wrong clock, 1970 or 2099. They must`,
  );
  say('  go too: event.ingested says when they came.');
};

const showState = async ({ client, policy }: Premises): Promise<void> => {
  heading('Before: what retention-policy.yml promises, and what is so');
  const leases = [...policy.categories.keys()].map((id) => ownIndices(policy, id).leases);
  const store = elasticsearchStore(client, { timeout: () => REQUEST_MILLISECONDS }, () => leases);
  const states: Verification[] = [];
  for (const category of policy.categories.values()) {
    const criteria = criteriaOf(category, policy, Date.now());
    states.push(await Verification.of(store, category, criteria, 'observed', Date.now));
  }
  say(stateTable(states));
};

const showInvocations = async ({ client, policy }: Premises, signal: AbortSignal): Promise<Invocations> => {
  heading('The seven functions, each invoked with a schedule event as EventBridge sends it');
  const invocations: Invocation[] = [];
  for (const id of policy.categories.keys()) {
    const invocation = await invoke(id, client, policy, signal);
    const { functionName, milliseconds, report } = invocation;
    say(`functions/${`${functionName}.ts`.padEnd(33)} ${report.outcome} in ${Math.round(milliseconds)} ms`);
    invocations.push(invocation);
  }
  return invocations as [Invocation, ...Invocation[]];
};

const showOutcome = (invocations: Invocations, { policy }: Premises): void => {
  heading('After: what the functions’ reports say, each from its own verification');
  say(outcomeTable(invocations, policy));
  say('Indices of which every document had expired were dropped. Where only some had, as in the index of the');
  say('day that is turning 14 days old, those went singly and the younger ones stay.');
  say('Lag: by how much the oldest document had outlived its 14 days when the verification looked.');
};

/** @returns whether Elasticsearch agrees that the promise is kept. */
const showProof = async ({ client }: Premises, [first]: Invocations): Promise<boolean> => {
  heading('Asked of Elasticsearch directly, with a plain query and no code of ours');
  const counted = await countIndependently(client, first.report.startedAt);
  const { documents, olderThan14Days, missed, wrongClock, request } = counted;
  say(styleText('dim', request));
  say(
    `Dated and stored more than 14 days ago: ${amount(olderThan14Days)} of ${amount(documents)} documents. With the date of a wrong clock: ${amount(wrongClock)}.`,
  );
  if (olderThan14Days > missed)
    say(
      `Turned 14 days old since the functions looked, and left to the next run: ${amount(olderThan14Days - missed)}.`,
    );
  if (missed === 0 && wrongClock === 0) return true;
  say(
    styleText(
      'red',
      'There should be none that the functions could have seen: please report this, with all of the above.',
    ),
  );
  return false;
};

/**
 * The demo itself: seeds, shows the state, invokes the functions, shows the state again, and asks Elasticsearch.
 * @returns whether every function completed and Elasticsearch agrees.
 */
export const show = async (premises: Premises, signal: AbortSignal): Promise<boolean> => {
  await showSeeding(premises, signal);
  await showState(premises);
  signal.throwIfAborted();
  const invocations = await showInvocations(premises, signal);
  showOutcome(invocations, premises);
  const agreed = await showProof(premises, invocations);
  return agreed && invocations.every(({ report }) => report.outcome === 'complete');
};
