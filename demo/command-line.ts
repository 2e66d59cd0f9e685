import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { styleText } from 'node:util';
import type { CommandProcess } from '../lib/cli/consent/terminal.ts';
import type { ExitCode } from '../lib/cli/exit-code.ts';
import { shellWord } from '../lib/cli/output/shell-word.ts';
import { run } from '../lib/cli/run.ts';
import { print } from './output.ts';

/** A command as a person types it in the repository's folder. */
export const typed = (...args: readonly string[]): string =>
  ['node bin/es-retention.mjs', ...args.map(shellWord)].join(' ');

/**
 * Shows a command and its output, as in a terminal. The command runs in this process, in the environment that the demo
 * has set.
 * @returns its exit code.
 */
export const showCommand = async (...args: readonly string[]): Promise<ExitCode> => {
  print(`\n$ ${styleText('bold', typed(...args))}`);
  const exitCode = await run(args, process);
  if (exitCode !== 0) print(styleText('dim', `(exit code ${exitCode})`));
  return exitCode;
};

/**
 * Runs a command with `--json` without showing it.
 * @returns its document.
 */
export const askCommand = async <T>(...args: readonly string[]): Promise<T> => {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const signals = new EventEmitter();
  const [on, off] = [signals.on.bind(signals), signals.off.bind(signals)];
  const output = text(stdout);
  await run([...args, '--json'], { stdin, stdout, stderr, on, off, env: process.env } as unknown as CommandProcess);
  stdout.end();
  return JSON.parse(await output);
};
