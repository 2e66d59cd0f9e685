import { EventEmitter } from 'node:events';
import { vi } from 'vitest';
import { run } from '../../lib/cli/run.ts';

/**
 * Runs the command line in this process, with nobody at its standard input.
 * @param environment set beside what the test's environment has.
 */
export const runInProcess = async (args: readonly string[], environment: Readonly<Record<string, string>>) => {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const written = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof written) => ({
    isTTY: false,
    write: (text: string): void => {
      written[name] += text;
    },
  });
  const streams = {
    stdin: { isTTY: false },
    stdout: stream('stdout'),
    stderr: stream('stderr'),
  };
  try {
    const code = await run(args, Object.assign(new EventEmitter(), streams) as unknown as NodeJS.Process);
    return { code, ...written };
  } finally {
    vi.unstubAllEnvs();
  }
};
