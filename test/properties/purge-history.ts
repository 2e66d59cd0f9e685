import type { Block } from '../../lib/criteria/index-blocks.ts';
import type { Instant } from '../../lib/policy/time/instant.ts';
import { type Ports, purge } from '../../lib/purge/purge.ts';
import type { Report } from '../../lib/purge/report/report.ts';
import { InMemoryCluster, type InMemoryDocument } from '../support/in-memory/in-memory-cluster.ts';
import { inMemoryPorts } from '../support/in-memory/in-memory-ports.ts';
import { NOW, type PurgeFixture } from '../support/purge/purge-fixture.ts';
import { AFTER_THE_LEASE } from './arbitrary-documents.ts';
import type { ArbitraryIndex, DisturbedRun, Moment } from './arbitrary-history.ts';
import { type Disturbance, disturbedPorts } from './disturbed-ports.ts';
import { LastLooks } from './last-looks.ts';
import { Acknowledged } from './retention-oracle.ts';

/** Few enough for a handful of documents to need several requests. */
const SLICE_DOCUMENTS = 2;

/** A cluster in memory, what was written to it, and runs that are disturbed. */
export class PurgeHistory {
  readonly cluster = new InMemoryCluster();
  readonly acknowledged = new Acknowledged();
  /** By the index's uuid. */
  readonly foreignBlocks = new Map<string, readonly Block[]>();
  /** The clocks of all plans: nothing may be gone that was expired at none of them. */
  readonly plans: Instant[] = [];
  #now: Instant = NOW;
  #documents = 0;
  #runs = 0;
  readonly #fixture: PurgeFixture;
  readonly #ports: Ports;

  constructor(fixture: PurgeFixture, indices: readonly ArbitraryIndex[], isTemplated = true) {
    this.#fixture = fixture;
    this.#ports = inMemoryPorts(this.cluster, () => this.#now, SLICE_DOCUMENTS);
    if (isTemplated) this.cluster.templates = ['*'];
    const written = new Set<string>();
    indices.forEach(({ documents, aliases, block, condition }, at) => {
      const { description } = this.cluster.create(this.nameOf(at), {
        aliases: aliases.map(({ name, writes }) => {
          const isWriteIndex = writes && !written.has(name);
          if (isWriteIndex) written.add(name);
          return isWriteIndex ? { name, isWriteIndex } : { name };
        }),
      });
      for (const document of documents) this.write(at, document);
      const blocks = block === undefined ? [] : [block];
      if (block !== undefined) this.foreignBlocks.set(description.uuid, blocks);
      this.cluster.describe(description.name, {
        blocks,
        open: condition !== 'closed',
        health: condition === 'red' ? 'red' : 'green',
      });
    });
  }

  nameOf(index: number): string {
    return `${this.#fixture.id}-${index}`;
  }

  /** Ids of the documents that are there. */
  get present(): ReadonlySet<string> {
    return new Set([...this.cluster.indices.values()].flatMap(({ documents }) => [...documents.keys()]));
  }

  write(index: number, document: InMemoryDocument): void {
    this.#documents += 1;
    const id = `document-${this.#documents}`;
    try {
      this.cluster.write(this.nameOf(index), id, document);
      this.acknowledged.add(this.nameOf(index), id, document);
    } catch {
      // Refused: the writer knows, and nobody promised anything.
    }
  }

  /** Somebody drops an index and makes an empty one of its name. */
  replace(index: number): void {
    const name = this.nameOf(index);
    if (!this.cluster.indices.delete(name)) return;
    this.cluster.create(name);
    this.acknowledged.forget(name);
  }

  /**
   * A run that something goes wrong in; it may throw, as a process may end. If one of two reads at once fails, the run
   * may end before the other one is sent. That one then meets a process that has ended.
   */
  async disturbedRun(run: DisturbedRun): Promise<void> {
    this.#now += run.later;
    const disturb = this.#disturbanceOf(run);
    let hasEnded = false;
    await this.#purge(async (...call) => (hasEnded ? 'fail' : disturb(...call)), run.patience).catch(() => undefined);
    hasEnded = true;
  }

  /** A run between whose plan and first block somebody drops these indices. */
  runWithout(indices: readonly number[]): Promise<Report> {
    const drop = async (call: string) => {
      if (call === 'lease.declareBlocks') for (const index of indices) this.cluster.indices.delete(this.nameOf(index));
      return 'succeed' as const;
    };
    return this.#purge(drop, Number.POSITIVE_INFINITY);
  }

  /** A run that nothing and nobody disturbs. */
  quietRun(): Promise<Report> {
    this.#now += AFTER_THE_LEASE;
    return this.#purge(async () => 'succeed', Number.POSITIVE_INFINITY);
  }

  #disturbanceOf(run: DisturbedRun): Disturbance {
    const { tick, mishap, mishapAt } = run;
    const seen = new Map<string, number>();
    let crashed = false;
    const looks = new LastLooks(this.cluster);
    return async (call, given) => {
      const kind = call.replace(/.*\./, '');
      for (const each of ['any', kind]) seen.set(each, (seen.get(each) ?? -1) + 1);
      const isNow = (moment: Moment): boolean =>
        ['any', kind].includes(moment.call) && seen.get(moment.call) === moment.nth;
      looks.follow(kind, given);

      this.#now += tick;
      this.#happen(run, isNow, looks);
      if (crashed || (mishap === 'outage' && kind === mishapAt.call)) return 'fail';
      if (!isNow(mishapAt)) return 'succeed';
      crashed = mishap === 'crash';
      return this.#meet(run, looks);
    };
  }

  /** What others do at a moment of a run. */
  #happen({ replaced, writes }: DisturbedRun, isNow: (moment: Moment) => boolean, looks: LastLooks): void {
    for (const { at, index } of replaced) if (isNow(at) && !looks.isLastFor(this.nameOf(index))) this.replace(index);
    for (const { at, index, document } of writes) if (isNow(at)) this.write(index, document);
  }

  /** What becomes of the call that a run's mishap meets. */
  async #meet({ mishap, answerLost, writes }: DisturbedRun, looks: LastLooks): ReturnType<Disturbance> {
    if (mishap === 'fault' || mishap === 'crash') return answerLost ? 'lose-answer' : 'fail';
    if (mishap === 'takeover' && !looks.isLastForAny) {
      await this.quietRun();
      for (const { index, document } of writes) this.write(index, document);
    }
    return 'succeed';
  }

  #purge(disturbance: Disturbance, patience: number): Promise<Report> {
    const { policy, category } = this.#fixture;
    let left = patience;
    this.#runs += 1;
    const run = {
      runId: `run-${this.#runs}`,
      trigger: { source: 'schedule' } as const,
      dryRun: false,
      cluster: { uuid: 'in-memory', name: 'in-memory', version: '9.4.3' },
      policy,
      category,
      budget: { remaining: () => left-- },
      progress: {
        planned: ({ plannedAt }: { readonly plannedAt: Instant }) => {
          this.plans.push(plannedAt);
        },
        removed: () => undefined,
      },
    };
    return purge(run, disturbedPorts(this.#ports, disturbance));
  }
}
