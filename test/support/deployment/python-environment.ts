import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cachedFolder } from '../run/cached-folder.ts';

const run = promisify(execFile);
const fileNamed = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** A Python with the packages of a file. */
export interface PythonEnvironment {
  readonly python: string;
  /**
   * The path of a script, as an argument for {@link python}: the first line of the script names a Python that does not
   * exist any more.
   */
  readonly script: (name: string) => string;
}

/**
 * A Python environment of the tests. The first call on a machine creates it in the cache.
 * @param file names the packages. Default: those that check the deployment.
 * @throws Error with what is missing and how to get it.
 */
export const pythonEnvironment = async (file = 'python-requirements.txt'): Promise<PythonEnvironment> => {
  const requirements = fileNamed(file);
  const version = await pythonVersion();
  const key = createHash('sha256').update(version).update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const home = await cachedFolder(`python-${key}`, (folder) => install(folder, requirements));
  return { python: join(home, 'bin', 'python'), script: (name) => join(home, 'bin', name) };
};

const pythonVersion = async (): Promise<string> => {
  try {
    return (await run('python3', ['-c', 'import sys, venv, ensurepip; print(sys.version)'])).stdout;
  } catch (error) {
    throw new Error(
      'Python 3 with venv was expected, for cfn-lint and ministack, and is not there; on Debian: apt-get install python3-venv.',
      { cause: error },
    );
  }
};

const install = async (folder: string, requirements: string): Promise<void> => {
  process.stderr.write('Making a Python environment for the tests of the deployment: 10 to 40 MB from PyPI\n');
  try {
    await run('python3', ['-m', 'venv', folder]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--requirement', requirements];
    await run(join(folder, 'bin', 'python'), pip, { maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    const { stderr = '' } = error as { readonly stderr?: string };
    throw new Error(
      `The packages in ${requirements} were to be installed, and that failed: ${stderr.trim().split('\n').at(-1) || String(error)}; check the network.`,
      { cause: error },
    );
  }
};
