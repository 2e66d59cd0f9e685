import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { SupervisedServer } from './supervisor.ts';

const SUPERVISOR = fileURLToPath(new URL('supervisor.ts', import.meta.url));

/** A server with a supervisor. */
export interface SupervisedProcess {
  /** The status code or signal if the server has ended by itself; otherwise undefined. */
  endedWith(): string | undefined;
  /** Kills the server and removes its folder. May be called more than once. */
  stop(): Promise<void>;
}

/**
 * Starts a server under a supervisor, which kills it after a call of `stop` or when this process ends. Neither of them
 * keeps this process alive.
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
