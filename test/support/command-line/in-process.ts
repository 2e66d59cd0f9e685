import { EventEmitter, once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import type { CommandProcess } from '../../../lib/cli/consent/terminal.ts';
import { run } from '../../../lib/cli/run.ts';
import type { OpenCluster } from '../../../lib/cli/session.ts';

/** How a command line ended, and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Environment = Readonly<Record<string, string>>;

/** A command line in this process, at work, with a person at a terminal. */
export interface AtTerminal {
  readonly ended: Promise<Ended>;
  /** Types this, once the output contains the text. */
  readonly answer: (text: string, typed: string) => Promise<void>;
}

/** Records what is written to a stream. */
const recorder = () => {
  const chunks: Buffer[] = [];
  const stream = new PassThrough().on('data', (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString() };
};

/** The streams of a command line, and the text that was written to them. */
interface Recorder {
  readonly stream: Writable;
  readonly text: () => string;
}

const runOn = async (
  args: readonly string[],
  env: Environment,
  streams: { readonly stdin: PassThrough; readonly stdout: Recorder; readonly stderr: Recorder },
  open?: OpenCluster,
): Promise<Ended> => {
  const { stdin, stdout, stderr } = streams;
  const signals = new EventEmitter();
  const process = {
    stdin,
    stdout: stdout.stream,
    stderr: stderr.stream,
    env,
    // Repeated checks follow without waiting.
    wait: async () => undefined,
    on: signals.on.bind(signals),
    off: signals.off.bind(signals),
    exit: (code?: number) => {
      throw new Error(`the command line ended the process (${code})`);
    },
  } as unknown as CommandProcess;
  const code = await run(args, process, open);
  // The last output reaches the recorders before the next turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  return { code, signal: null, stdout: stdout.text(), stderr: stderr.text() };
};

/**
 * Runs the command line to its end in this process, with this environment only and without a person at standard input.
 * It is a second faster than a process of its own.
 * @param open opens another cluster than the one that the environment names.
 */
export const runInProcess = (args: readonly string[], environment: Environment, open?: OpenCluster): Promise<Ended> =>
  runOn(args, environment, { stdin: new PassThrough(), stdout: recorder(), stderr: recorder() }, open);

/** The same with standard output on a full disk, which takes no byte. */
export const runOnFullDisk = (
  args: readonly string[],
  environment: Environment,
  open?: OpenCluster,
): Promise<Ended> => {
  const isFull = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  // As in lib/cli/main.ts, the error of the stream does not matter, but the error of the write does.
  const stream = new Writable({ write: (_chunk, _encoding, done) => done(isFull) }).on('error', () => undefined);
  const stdout = { stream, text: () => '' };
  return runOn(args, environment, { stdin: new PassThrough(), stdout, stderr: recorder() }, open);
};

/** The same at a terminal of 120 columns without colours, where a person types. */
export const startAtTerminal = (args: readonly string[], environment: Environment, open?: OpenCluster): AtTerminal => {
  const terminal = { isTTY: true, columns: 120 };
  const stdin = Object.assign(new PassThrough(), terminal, { setRawMode: () => stdin });
  const [stdout, stderr] = [recorder(), recorder()];
  // As in a process, these streams stay open when a question ends.
  for (const { stream } of [stdout, stderr]) Object.assign(stream, terminal, { end: () => stream });
  const ended = runOn(args, environment, { stdin, stdout, stderr }, open);
  return {
    ended,
    answer: async (text, typed) => {
      while (!stderr.text().includes(text)) {
        const wrote = once(stderr.stream, 'data');
        const last = await Promise.race([wrote.then(() => undefined), ended]);
        if (last) throw new Error(`it ended without writing "${text}": ${last.stdout}${last.stderr}`);
      }
      stdin.write(typed);
    },
  };
};
