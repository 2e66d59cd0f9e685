import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import type { CommandProcess } from '../../lib/cli/consent/terminal.ts';
import { run } from '../../lib/cli/run.ts';
import type { OpenCluster } from '../../lib/cli/session.ts';

/** How a command line ended, and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Environment = Readonly<Record<string, string>>;

/** What is written into it. It is no terminal. */
const recorder = () => {
  const chunks: Buffer[] = [];
  const stream = new PassThrough().on('data', (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString() };
};

/**
 * Runs the command line to its end in this process, with nothing in its environment but what is given and nobody at its standard input:
 * a second less than a process of its own takes.
 * @param open another cluster than the one that the environment names.
 */
export const runInProcess = async (
  args: readonly string[],
  environment: Environment,
  open?: OpenCluster,
): Promise<Ended> => {
  const [stdin, stdout, stderr] = [new PassThrough(), recorder(), recorder()];
  const signals = new EventEmitter();
  const process = {
    stdin,
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: environment,
    // What is looked at a second time is looked at at once.
    pause: async () => undefined,
    on: signals.on.bind(signals),
    off: signals.off.bind(signals),
    exit: (code?: number) => {
      throw new Error(`the command line ended the process (${code})`);
    },
  } as unknown as CommandProcess;
  const code = await run(args, process, open);
  // What was written last reaches the recorders before the next turn.
  await new Promise((resolve) => setImmediate(resolve));
  return { code, signal: null, stdout: stdout.text(), stderr: stderr.text() };
};
