import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { SupervisedServer } from './supervisor.ts';

const SUPERVISOR = fileURLToPath(new URL('supervisor.ts', import.meta.url));

/** A server under supervision. */
export interface SupervisedProcess {
  /** What the server ended with, a status code or a signal, once it has ended without being stopped. */
  endedWith(): string | undefined;
  /** Kills the server and removes its folder. May be called more than once. */
  stop(): Promise<void>;
}

/**
 * Starts a server under a supervisor, which ends it as soon as this process is gone or calls `stop`. Neither keeps this
 * process alive.
 */
export function supervise(server: SupervisedServer): SupervisedProcess {
  const supervisor = spawn(process.execPath, ['--no-warnings', SUPERVISOR, JSON.stringify(server)], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  supervisor.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  supervisor.stdin.on('error', () => undefined);
  supervisor.on('error', (error) => {
    said += `exited ${error.message}`;
  });
  const gone = once(supervisor, 'exit');
  supervisor.unref();
  for (const stream of [supervisor.stdin, supervisor.stdout]) (stream as unknown as Socket).unref();
  return {
    endedWith: () => /exited (.+)/.exec(said)?.[1],
    stop: async () => {
      supervisor.ref();
      supervisor.stdin.end();
      await gone;
    },
  };
}
