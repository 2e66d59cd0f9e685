import type { BlockIntent } from '../../../lib/criteria/due-criteria.ts';
import type { Instant } from '../../../lib/policy/time/instant.ts';
import { type Ports, type PurgeRun, purge } from '../../../lib/purge/purge.ts';
import type { Report } from '../../../lib/purge/report/report.ts';
import { CATEGORY, POLICY } from '../purge/described-index.ts';
import { InMemoryCluster, type InMemoryDocument } from './in-memory-cluster.ts';
import { inMemoryPorts } from './in-memory-ports.ts';

/** The clock of a run, unless a test sets it. */
export const NOW: Instant = Date.parse('2026-11-24T14:00:00Z');

const DAY = 86_400_000;

/** The last expired instant, and the first instant that is not expired, with a period of fourteen days. */
export const EXPIRED: Instant = NOW - 14 * DAY - 1;
export const LIVE: Instant = NOW - 14 * DAY;

/** A document of one date. */
export const dated = (timestamp: Instant): InMemoryDocument => ({ timestamps: [timestamp], ingested: [] });

/** A guard under which everything may be removed. */
export const ALL = { ...CATEGORY, guard: { ...CATEGORY.guard, maxShare: 1 } };

/**
 * A cluster in memory with the category `call-log-*` (fourteen days) and its index template, and functions to purge it.
 */
export class PurgeInMemory {
  readonly cluster = new InMemoryCluster();
  now: Instant = NOW;
  ports: Ports;
  #runs = 0;

  /** @param sliceDocuments maximum number of documents that one request deletes. */
  constructor(sliceDocuments?: number) {
    this.cluster.templates = ['call-log-*'];
    this.ports = inMemoryPorts(this.cluster, () => this.now, sliceDocuments);
  }

  /** Writes documents of these dates; their ids are `0`, `1`, …. */
  fill(index: string, ...dates: readonly Instant[]): void {
    for (const [at, date] of dates.entries()) this.cluster.write(index, `${at}`, dated(date));
  }

  /** Ids of the documents that an index holds; undefined when it is gone. */
  left(index: string): readonly string[] | undefined {
    const documents = this.cluster.indices.get(index)?.documents;
    return documents && [...documents.keys()];
  }

  blocksOf(index: string): readonly string[] | undefined {
    return this.cluster.indices.get(index)?.description.blocks;
  }

  uuidOf(index: string): string {
    return this.cluster.existing(index).description.uuid;
  }

  /** Leaves the declaration of a run that died before it lifted these blocks. */
  async leaveBehind(blocks: readonly BlockIntent[]): Promise<void> {
    const lease = await this.ports.leases.acquire(CATEGORY.id, 'dead');
    await lease.declareBlocks(blocks);
    this.now += DAY;
  }

  /** Wraps one function of the remover, so that a test can do something before or after the real call. */
  around<Call extends keyof Ports['remover']>(
    call: Call,
    change: (real: Ports['remover'][Call]) => Ports['remover'][Call],
  ): void {
    const { remover } = this.ports;
    this.ports = { ...this.ports, remover: { ...remover, [call]: change(remover[call]) } };
  }

  run(changes: Partial<PurgeRun> = {}): Promise<Report> {
    this.#runs += 1;
    const run: PurgeRun = {
      runId: `run-${this.#runs}`,
      trigger: { source: 'schedule' },
      dryRun: false,
      cluster: { uuid: 'u', name: 'n', version: '9.4.3' },
      policy: POLICY,
      category: ALL,
      budget: { remaining: () => Number.POSITIVE_INFINITY },
      ...changes,
    };
    return purge(run, this.ports);
  }
}
