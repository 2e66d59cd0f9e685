import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import { openTestServer, type TestServer } from '../../embedded-elasticsearch/start.ts';
import { createClient } from '../../lib/adapters/elasticsearch/client/client.ts';
import { TEST_RING_TEXT } from '../support/erasure/key-ring-text.ts';
import type { Comparison, Measured } from './page/found.ts';
import type { RequestTrace } from './request-trace.ts';

const MEGA = 1_048_576;

/** The machine that measures. */
export const machine = (): string => {
  const [first] = cpus();
  return `${cpus().length} × ${first?.model ?? 'unknown'}, ${Math.round(totalmem() / MEGA / 1_024)} GB`;
};

/** How busy it is: processes that want a processor, over the last minute. */
export const load = (): number => loadavg()[0] ?? 0;

/** A command that runs. */
interface Running {
  /** @throws Error if it fails. */
  readonly ended: Promise<Measured>;
  /** Asks it to end after the requests in flight. */
  readonly interrupt: () => void;
}

/** A server, a folder for policy and archive, and how work on it is measured. */
export interface Bench {
  readonly server: TestServer;
  readonly client: Client;
  readonly folder: string;
  /** The folder of the archive. */
  readonly archive: string;
  /** Writes the policy that commands use. */
  readonly usePolicy: (text: string) => void;
  /** Starts the command line as a process. */
  readonly start: (...given: readonly string[]) => Running;
  /** Runs the command line until it ends. */
  readonly command: (...given: readonly string[]) => Promise<Measured>;
  /** Measures requests of this process. */
  readonly requests: (work: () => Promise<unknown>) => Promise<Measured>;
  readonly close: () => Promise<void>;
}

/** With `TRACE=1`, the requests by their kind. With `TRACE=timeline`, each of them too, with its begin and its end. */
const showTrace = ({ kinds, timeline, netMilliseconds }: RequestTrace): void => {
  if (process.env.TRACE === undefined) return;
  for (const [kind, { count, milliseconds, bytes }] of Object.entries(kinds))
    console.log(`  ${kind}: ${count}, ${milliseconds.toFixed(0)} ms, ${(bytes / 1e6).toFixed(1)} MB`);
  if (process.env.TRACE !== 'timeline') return;
  for (const { from, to, kind, path } of timeline)
    console.log(`  ${from.toFixed(0).padStart(6)} ${to.toFixed(0).padStart(6)} ${kind} ${path.slice(0, 100)}`);
  console.log(`  ${netMilliseconds.toFixed(0).padStart(6)} end`);
};

/** What the trace of a command says, printed too if the variable `TRACE` is set. */
const tracedIn = (file: string): Omit<Measured, 'seconds' | 'serverProcessor'> => {
  const trace = JSON.parse(readFileSync(file, 'utf8')) as RequestTrace;
  showTrace(trace);
  return {
    net: trace.netMilliseconds / 1_000,
    // A command that writes no report has none.
    ...(trace.purgeMilliseconds !== null && { netWithoutReceipts: trace.purgeMilliseconds / 1_000 }),
    commandProcessor: trace.processorMilliseconds / 1_000,
    peakMegabytes: trace.peakMegabytes,
    ...(trace.deletions !== undefined && { deletions: trace.deletions }),
    requests: Object.values(trace.kinds).reduce((sum, { count }) => sum + count, 0),
  };
};

/**
 * Opens a server of its own, or the one that `ES_RETENTION_TEST_URL` names.
 * @param heap of the server's Java, such as `1g`.
 */
export const openBench = async (heap: string): Promise<Bench> => {
  const server = await openTestServer({ heap });
  const client = createClient({ url: server.url });
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-bench-'));
  const archive = join(folder, 'archive');
  const policy = join(folder, 'retention-policy.yml');

  const processorSeconds = async (): Promise<number> => {
    const { nodes } = await client.nodes.stats({ metric: 'process' });
    const spent = Object.values(nodes).map(({ process }) => process?.cpu?.total_in_millis ?? 0);
    return spent.reduce((sum, each) => sum + each, 0) / 1_000;
  };

  const measured = async <T>(work: () => Promise<T>): Promise<{ result: T; seconds: number; server: number }> => {
    const before = await processorSeconds();
    const begin = performance.now();
    const result = await work();
    const seconds = (performance.now() - begin) / 1_000;
    return { result, seconds, server: (await processorSeconds()) - before };
  };

  const startProcess = (given: readonly string[], traceFile: string): ChildProcess => {
    const tracer = join(import.meta.dirname, 'trace-requests.ts');
    return spawn(process.execPath, ['--import', tracer, 'bin/es-retention.mjs', ...given], {
      env: {
        ...process.env,
        ELASTICSEARCH_URL: server.url,
        RETENTION_POLICY: policy,
        RETENTION_KEYS: TEST_RING_TEXT,
        RETENTION_ARCHIVE: archive,
        TRACE_FILE: traceFile,
        POWERTOOLS_METRICS_DISABLED: 'true',
      },
      stdio: ['ignore', process.env.OUTPUT === undefined ? 'ignore' : 'inherit', 'inherit'],
    });
  };

  const start = (...given: readonly string[]): Running => {
    const file = join(folder, 'trace.json');
    rmSync(file, { force: true });
    let child: ChildProcess | undefined;
    let isInterrupted = false;
    const ended = (async (): Promise<Measured> => {
      const { seconds, server: serverProcessor } = await measured(async () => {
        child = startProcess(given, file);
        const [code] = await once(child, 'close');
        // 3: something is left, for example the second count of a deleted account.
        if (code !== 0 && code !== 3 && !isInterrupted) throw new Error(`${given.join(' ')} ended with ${code}`);
      });
      return { seconds, serverProcessor, ...tracedIn(file) };
    })();
    return {
      ended,
      interrupt: () => {
        isInterrupted = true;
        child?.kill('SIGINT');
      },
    };
  };

  return {
    server,
    client,
    folder,
    archive,
    usePolicy: (text) => writeFileSync(policy, text),
    start,
    command: (...given) => start(...given).ended,
    requests: async (work) => {
      const { seconds, server: serverProcessor } = await measured(work);
      return { seconds, serverProcessor };
    },
    close: async () => {
      if (!server.embedded) await clearIndices(client);
      await client.close();
      await server.stop();
      rmSync(folder, { recursive: true });
    },
  };
};

/** Makes the folder of the archive anew. */
export const emptyArchive = ({ archive }: Bench): void => {
  rmSync(archive, { recursive: true, force: true });
  mkdirSync(archive, { recursive: true, mode: 0o700 });
};

/** A copy of an index with the same segments. */
export const cloneIndex = async (client: Client, source: string, target: string): Promise<void> => {
  await client.indices.delete({ index: target, ignore_unavailable: true });
  await client.indices.clone({
    index: source,
    target,
    settings: { 'index.blocks.write': null, 'index.number_of_replicas': 0 },
  });
  await client.cluster.health({ index: target, wait_for_status: 'green', timeout: '60s' });
};

/** Of the names in one request. A request line has at most 4,096 bytes, and a comma takes three. */
const MOST_CHARACTERS = 3_000;

/** As few requests as possible: each of them is one update of the cluster's state. */
const inRequests = (names: readonly string[]): readonly string[][] => {
  const all: string[][] = [[]];
  for (const name of names) {
    const last = all.at(-1) ?? [];
    if (last.join('%2C').length + name.length > MOST_CHARACTERS) all.push([name]);
    else last.push(name);
  }
  return all.filter((each) => each.length > 0);
};

/** Deletes these indices and all of ours, so that a named server goes on without them. */
export const clearIndices = async (client: Client, ...patterns: readonly string[]): Promise<void> => {
  const found = await client.indices.get({
    index: ['retention-*', ...patterns],
    ignore_unavailable: true,
    filter_path: '*.settings.index.uuid',
  });
  for (const index of inRequests(Object.keys(found)))
    await client.indices.delete({ index, ignore_unavailable: true }, { requestTimeout: 120_000 });
};

/** Measures ways of the same work in turn, so that each meets the machine as it is at that time. */
export const inTurn = async (
  title: string,
  rounds: number,
  ways: Readonly<Record<string, () => Promise<Measured>>>,
  prepare: (way: string) => Promise<void>,
  check: (way: string) => Promise<unknown>,
): Promise<Comparison> => {
  const found = new Map<string, Measured[]>(Object.keys(ways).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const [name, work] of Object.entries(ways)) {
      await prepare(name);
      const measured = await work();
      await check(name);
      found.get(name)?.push(measured);
      console.log(`${title}, round ${round + 1}: ${name} ${measured.seconds.toFixed(2)} s`);
    }
  return { title, ways: [...found].map(([name, each]) => ({ name, rounds: each })) };
};
