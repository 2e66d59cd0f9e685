import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from '../../lib/adapters/elasticsearch/client.ts';
import { identifyCluster } from '../../lib/adapters/elasticsearch/cluster.ts';
import { elasticsearchPorts } from '../../lib/adapters/elasticsearch/elasticsearch-ports.ts';
import type { Instant } from '../../lib/policy/instant.ts';
import type { Category, RetentionPolicy } from '../../lib/policy/retention-policy.ts';
import { purge } from '../../lib/purge/purge.ts';
import { type Fault, openWire } from './faulty-connection.ts';

/** At which request the process kills itself: before it is sent, once it is under way, or after it was carried out. */
export interface Death {
  readonly line: RegExp;
  readonly when: 'before' | 'during' | 'after';
  readonly skip?: number;
}

/** What the parent sends: a purge of the policy's one category, and where it ends. */
export interface Order {
  readonly url: string;
  readonly policy: RetentionPolicy;
  readonly now: Instant;
  readonly death: Death;
}

const die = (): Promise<never> => {
  process.kill(process.pid, 'SIGKILL');
  return Promise.withResolvers<never>().promise;
};

const deaths: Record<Death['when'], Fault> = {
  before: die,
  during: async (send) => {
    void send().catch(() => undefined);
    await pause(5);
    return die();
  },
  after: (send) => send().then(die),
};

process.once('message', async ({ url, policy, now, death }: Order) => {
  const wire = openWire();
  wire.on(death.line, deaths[death.when], { skip: death.skip ?? 0 });
  const client = createClient({ url }, { Connection: wire.Connection });
  const requests = { timeout: () => 30_000, firstPause: 20 };
  const report = await purge(
    {
      runId: `doomed-${process.pid}-${now}`,
      trigger: { source: 'command-line' },
      dryRun: false,
      cluster: await identifyCluster(client, requests),
      policy,
      category: [...policy.categories.values()][0] as Category,
      budget: { remaining: () => Number.POSITIVE_INFINITY },
    },
    elasticsearchPorts(client, policy, requests, () => now),
  );
  console.error(`It should have died, and ended as ${report.outcome}.`);
  process.exit(1);
});
