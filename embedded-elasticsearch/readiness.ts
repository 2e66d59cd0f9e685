import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Credentials, getJson } from './request.ts';
import type { SupervisedProcess } from './supervise.ts';
import type { Workspace } from './workspace.ts';

const PATIENCE_MS = 180_000;
const BETWEEN_LOOKS_MS = 100;
const LAST_LINES = 20;

/** A server that answers. */
export interface ReadyServer {
  readonly url: string;
  /** Process id of the server itself. */
  readonly pid: number;
}

/**
 * Waits until the server has a port, answers on it, and has elected itself master.
 * @throws Error with the last lines of its log if it ends or takes more than three minutes. The server is stopped
 *   first.
 */
export async function whenReady(
  server: SupervisedProcess,
  workspace: Workspace,
  version: string,
  user?: Credentials,
): Promise<ReadyServer> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline && server.endedWith() === undefined) {
    const url = addressOf(workspace);
    const pid = url && (await processAt(url, user).catch(() => undefined));
    if (pid) return { url, pid };
    await wait(BETWEEN_LOOKS_MS);
  }
  const reason = server.endedWith()
    ? `it ended with ${server.endedWith()}`
    : `after ${PATIENCE_MS / 1000} s it did not answer`;
  const log = lastLines(workspace);
  await server.stop();
  throw new Error(`Elasticsearch ${version} was started and ${reason}. The last lines it logged:\n${log}`);
}

function addressOf({ logs }: Workspace): string | undefined {
  const addresses = read(join(logs, 'http.ports')).split('\n');
  const ipv4 = addresses.find((address) => address.startsWith('127.'));
  return ipv4 && `http://${ipv4}`;
}

async function processAt(url: string, user?: Credentials): Promise<number | undefined> {
  await getJson(url, '/_cluster/health?wait_for_status=green&wait_for_events=languid&timeout=20s', user);
  const answer = (await getJson(url, '/_nodes/_local/process', user)) as NodesAnswer;
  return Object.values(answer.nodes)[0]?.process.id;
}

interface NodesAnswer {
  readonly nodes: Readonly<Record<string, { readonly process: { readonly id: number } }>>;
}

function lastLines({ logs }: Workspace): string {
  const lines = read(join(logs, 'console.log')).trimEnd().split('\n');
  return lines.slice(-LAST_LINES).join('\n') || '(it logged nothing)';
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
