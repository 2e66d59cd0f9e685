/**
 * Runs as a process of its own between the process that wants a server and the server. Its stdin is the lifeline: when that
 * closes, because the starter stopped the server or because it is gone, however it went, the server's whole process
 * group is killed and its folder removed. On stdout it says `exited <code>` when the server ends by itself.
 *
 * Its one argument is a {@link SupervisedServer} as JSON.
 */
import { spawn } from 'node:child_process';
import { openSync, rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

export interface SupervisedServer {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Account to run as; without it, that of the supervisor. */
  readonly account?: { readonly uid: number; readonly gid: number };
  /** File that takes the server's stdout and stderr. */
  readonly output: string;
  /** Folder to remove at the end. */
  readonly folder: string;
}

const server = JSON.parse(process.argv[2] ?? '') as SupervisedServer;
const output = openSync(server.output, 'a');
const child = spawn(server.command, server.args, {
  env: server.env,
  cwd: server.folder,
  detached: true,
  stdio: ['ignore', output, output],
  ...server.account,
});

async function end(): Promise<void> {
  await killGroup();
  rmSync(server.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  process.exit(0);
}

/** Waits for the dead to be collected, but not for long: under a slow init that takes a second, and changes nothing. */
async function killGroup(): Promise<void> {
  for (let attempt = 0; attempt < 25 && signalGroup(); attempt += 1) await wait(10);
}

/** Whether there was still a process in the group to kill. */
function signalGroup(): boolean {
  if (child.pid === undefined) return false;
  try {
    return process.kill(-child.pid, 'SIGKILL');
  } catch {
    return false;
  }
}

function report(what: string): void {
  process.stdout.write(`exited ${what}\n`);
}

child.on('error', (error) => report(error.message));
child.on('exit', (code, signal) => report(`${code ?? signal}`));
process.stdout.on('error', () => undefined);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
process.stdin.on('error', end);
process.stdin.on('end', end);
process.stdin.resume();
