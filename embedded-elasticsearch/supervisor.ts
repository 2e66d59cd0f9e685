/**
 * Runs as a separate process between the starter and the server. Its stdin stays open while the starter lives. When it
 * closes, for any reason, the server's whole process group is killed and its folder removed. It prints `exited <code>`
 * on stdout when the server ends by itself.
 * Its only argument is a {@link SupervisedServer} as JSON.
 */
import { spawn } from 'node:child_process';
import { openSync, rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

export interface SupervisedServer {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Account of the server. Absent: that of the supervisor. */
  readonly account?: { readonly uid: number; readonly gid: number };
  /** File for the server's stdout and stderr. */
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

/** Waits until the killed processes are collected, but not for long: a slow init takes a second for it. */
async function killGroup(): Promise<void> {
  for (let attempt = 0; attempt < 25 && signalGroup(); attempt += 1) await wait(10);
}

/**
 * Kills the process group.
 * @returns whether it still had a process.
 */
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
