import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cachedFolder } from '../../run/cached-folder.ts';

const run = promisify(execFile);
const LOCKED = ['package.json', 'package-lock.json'].map((name) => fileURLToPath(new URL(name, import.meta.url)));
const NEEDED = ['cmake', 'make', 'g++', 'python3', 'xz'];

/**
 * The main file of `aws-lambda-ric`, with which Lambda itself runs functions on Node. The first call on a machine
 * compiles it, which takes about a minute. Then it is in the cache.
 * @throws Error with what is missing and how to get it.
 */
export const runtimeClient = async (): Promise<string> => {
  await requireTools();
  const hash = createHash('sha256').update(`${process.version} ${process.arch}`);
  for (const file of LOCKED) hash.update(readFileSync(file));
  const home = await cachedFolder(`lambda-runtime-${hash.digest('hex').slice(0, 12)}`, compile);
  return join(home, 'node_modules', 'aws-lambda-ric', 'index.mjs');
};

const requireTools = async (): Promise<void> => {
  const found = await Promise.all(NEEDED.map((tool) => run(tool, ['--version']).catch(() => undefined)));
  const missing = NEEDED.filter((_, at) => found[at] === undefined);
  if (missing.length > 0)
    throw new Error(
      `Compiling Lambda's runtime client takes ${NEEDED.join(', ')}, and ${missing.join(', ')} is not there; on Debian: apt-get install cmake make g++ python3 xz-utils.`,
    );
};

/** The headers of this Node, if they are installed; otherwise node-gyp downloads them. */
const headers = (): Record<string, string> => {
  const home = dirname(dirname(process.execPath));
  return existsSync(join(home, 'include', 'node', 'node.h')) ? { npm_config_nodedir: home } : {};
};

const compile = async (folder: string): Promise<void> => {
  process.stderr.write(
    'Compiling the client that Lambda runs functions with, for the tests of the deployment: a minute\n',
  );
  for (const file of LOCKED) cpSync(file, join(folder, file.slice(dirname(file).length)));
  const env = {
    ...process.env,
    ...headers(),
    PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
    npm_config_omit_lockfile_registry_resolved: 'true',
    npm_config_ignore_scripts: 'false',
  };
  try {
    await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, env, maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    const { stderr = '' } = error as { readonly stderr?: string };
    const last = stderr.trim().split('\n').slice(-5).join('\n');
    throw new Error(`aws-lambda-ric was to be compiled, and that failed:\n${last}`, { cause: error });
  }
};
