import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type SupervisedProcess, supervise } from '../../../embedded-elasticsearch/supervise.ts';
import { freePort } from '../server/free-port.ts';
import { pythonEnvironment } from './python-environment.ts';

const PATIENCE_MS = 60_000;

/** An emulator of AWS on its own port of the loopback interface. It ends with this process, for any reason. */
export interface Ministack {
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly port: number;
  /** The environment with which an SDK or osls reaches this emulator and nothing else. */
  readonly environment: Readonly<Record<string, string>>;
  /** The log so far. */
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

/**
 * Starts an empty ministack. It runs functions with the Node of this process.
 * @param auth whether it evaluates IAM: identity policies, and those of queues, buckets and secrets.
 * @throws Error with the last lines of its log, if it does not answer within a minute.
 */
export const startMinistack = async (auth = false): Promise<Ministack> => {
  const { python } = await pythonEnvironment();
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-ministack-'));
  const output = join(folder, 'ministack.log');
  const process = supervise({
    command: python,
    args: ['-B', '-m', 'ministack'],
    env: { ...environmentOf(port, folder), ...(auth && { AUTH: 'true' }) },
    output,
    folder,
  });
  const ministack: Ministack = {
    url: `http://127.0.0.1:${port}`,
    port,
    environment: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'eu-west-1',
      SLS_AWS_MONITORING_FREQUENCY: '200',
    },
    log: () => readFileSync(output, 'utf8'),
    stop: process.stop,
  };
  await whenReady(process, ministack);
  return ministack;
};

const environmentOf = (port: number, folder: string): Record<string, string> => ({
  PATH: [dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
  HOME: folder,
  TMPDIR: folder,
  GATEWAY_PORT: String(port),
  BIND_HOST: '127.0.0.1',
  MINISTACK_HOST: 'localhost',
  MINISTACK_REGION: 'eu-west-1',
  LAMBDA_EXECUTOR: 'local',
  LAMBDA_ASYNC_RETRY_BASE_SECONDS: '0.2',
});

const whenReady = async (supervised: SupervisedProcess, { url, log }: Ministack): Promise<void> => {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline && supervised.endedWith() === undefined) {
    const answer = await fetch(`${url}/_ministack/health`).catch(() => undefined);
    if (answer?.ok) return;
    await wait(100);
  }
  const ended = supervised.endedWith();
  const last = log().trimEnd().split('\n').slice(-20).join('\n');
  await supervised.stop();
  throw new Error(
    `ministack was started and ${ended ? `ended with ${ended}` : 'did not answer within a minute'}:\n${last}`,
  );
};
