import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { createClient } from '../../../lib/adapters/elasticsearch/client/client.ts';
import { identifyCluster } from '../../../lib/adapters/elasticsearch/client/identify-cluster.ts';
import type { ErasurePorts } from '../../../lib/app/erasure-ports.ts';
import type { Archive, ArchiveKind } from '../../../lib/erasure/archive/archive.ts';
import { finishErasures } from '../../../lib/erasure/due/finish-erasures.ts';
import type { PublishedEvent } from '../../../lib/erasure/events/event-publisher.ts';
import type { Category, RetentionPolicy } from '../../../lib/policy/retention-policy.ts';
import type { Instant } from '../../../lib/policy/time/instant.ts';
import { purge } from '../../../lib/purge/purge.ts';
import { TEST_ENVIRONMENT } from '../erasure/key-ring-text.ts';
import { type Fault, openWire } from '../server/faulty-connection.ts';
import { erasurePortsAt, portsAt } from './ports-at.ts';

/** The request at which the process kills itself: before, during or after its execution. */
export interface Death {
  readonly line: RegExp;
  readonly when: 'before' | 'during' | 'after';
  readonly skip?: number;
}

/** The archive copy at which the process kills itself. */
interface DeathAtCopy {
  readonly copy: ArchiveKind;
  readonly when: 'before' | 'after';
}

/** The parent's order: a purge of the policy's only category, and where it ends. */
export interface Order {
  readonly url: string;
  readonly policy: RetentionPolicy;
  readonly now: Instant;
  readonly death: Death | DeathAtCopy;
  /** Keys and archive for finishing the erasures after the purge. The parent is the bus. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Ends the run: the run does nothing after this. */
type Die = () => Promise<never>;

/** Passes the events for the bus to the parent. */
type Tell = (event: PublishedEvent) => Promise<void>;

const deathsBy = (die: Die): Record<Death['when'], Fault> => ({
  before: die,
  during: async (send) => {
    void send().catch(() => undefined);
    await wait(5);
    return die();
  },
  after: (send) => send().then(die),
});

const dyingAtCopy = (put: Archive['put'], { copy, when }: DeathAtCopy, die: Die): Archive['put'] => {
  return async (kind, id, content) => {
    if (kind !== copy) return put(kind, id, content);
    if (when === 'after') await put(kind, id, content);
    return die();
  };
};

const portsThatDie = (ports: ErasurePorts, death: Order['death'], die: Die, tell: Tell): ErasurePorts => ({
  ...ports,
  openEvidence: async () => {
    const evidence = await ports.openEvidence();
    const { archive } = evidence;
    const put: Archive['put'] = (...given) => archive.put(...given);
    return {
      ...evidence,
      publisher: { publish: tell },
      archive: { put: 'copy' in death ? dyingAtCopy(put, death, die) : put },
    };
  },
});

/**
 * Purges, and finishes the erasures, until it dies.
 * @param isDead whether it has died. A dead run sends no request.
 * @throws Error if it ends alive.
 */
export const runAndDie = async (
  { url, policy, now, death, environment }: Order,
  die: Die,
  tell: Tell,
  isDead = (): boolean => false,
): Promise<never> => {
  const wire = openWire();
  if ('line' in death) wire.on(death.line, deathsBy(die)[death.when], { skip: death.skip ?? 0 });
  wire.on(/^/, (send) => (isDead() ? Promise.withResolvers<never>().promise : send()), {
    times: Number.POSITIVE_INFINITY,
  });
  const client = createClient({ url }, { Connection: wire.Connection });
  const requests = { timeout: () => 30_000, firstWait: 20 };
  const category = [...policy.categories.values()][0] as Category;
  const cluster = await identifyCluster(client, requests);
  const report = await purge(
    {
      runId: `doomed-${randomUUID()}`,
      trigger: { source: 'command-line' },
      dryRun: false,
      cluster,
      policy,
      category,
      budget: { remaining: () => Number.POSITIVE_INFINITY },
    },
    portsAt(client, policy, requests, () => now, requests, environment ?? TEST_ENVIRONMENT),
  );
  if (environment !== undefined) {
    const ports = portsThatDie(
      erasurePortsAt(client, requests, () => now, environment, policy),
      death,
      die,
      tell,
    );
    await finishErasures({ policy, category, cluster }, ports, now);
  }
  throw new Error(`It should have died, and ended as ${report.outcome}.`);
};

/**
 * Purges in this process like {@link runAndDie}, and leaves the run where it dies: the run sends no further request,
 * and does none of its final steps. For the server, and for the next run, this is a killed process.
 * @returns when it is dead.
 */
export const runUntilDeath = (order: Order, tell: Tell = async () => undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    let isDead = false;
    const die = (): Promise<never> => {
      isDead = true;
      resolve();
      return Promise.withResolvers<never>().promise;
    };
    runAndDie(order, die, tell, () => isDead).catch(reject);
  });
