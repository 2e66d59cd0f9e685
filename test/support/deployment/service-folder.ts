import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { additionOf } from '../../../deploy/service/add-category.ts';
import { readServiceFiles } from '../../../deploy/service/service-files.ts';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import { EXAMPLE_POLICY } from '../policy/example-policy.ts';

const COPIED = ['serverless.yml', 'package.json', 'retention-policy.yml', 'deploy', 'lib', 'functions'];
const PURGE_FILE = /^purge-.*\.ts$/;
const PURGE_ENTRIES = /\n {2}purge-[a-z0-9-]+:\n(?: {4}.*\n)+/g;

/** The parameters of a deployment's command line: `--param="enforceCluster=…"`. */
export type Parameters = Readonly<Record<string, string>>;

/** A service in a folder of its own: packaging writes into its folder, and tests run in parallel. */
export interface ServiceFolder {
  readonly path: string;
  readonly readPolicy: () => string;
  /** Replaces the copy's policy. */
  readonly writePolicy: (text: string) => void;
  /**
   * Runs osls.
   * @returns its stdout.
   * @throws Error with everything that it printed.
   */
  readonly run: (args: readonly string[], environment?: Readonly<Record<string, string>>) => Promise<string>;
  /**
   * Packages without network and credentials, for an invented cluster unless a parameter names one.
   * @returns the folder with template and zips.
   */
  readonly package: (parameters?: Parameters) => Promise<string>;
  readonly remove: () => void;
}

/** Packaging needs a cluster. */
const CLUSTER: Parameters = { elasticsearchUrl: 'https://es.example.org:9200' };

/** Parameters as arguments for osls. */
export const asArguments = (parameters: Parameters): readonly string[] =>
  Object.entries(parameters).map(([name, value]) => `--param=${name}=${value}`);

/** Removes the functions of all categories from a service. */
export const withoutCategories = (root: string): void => {
  const [functions, serverless] = [join(root, 'functions'), join(root, 'serverless.yml')];
  for (const file of readdirSync(functions)) if (PURGE_FILE.test(file)) rmSync(join(functions, file));
  writeFileSync(serverless, readFileSync(serverless, 'utf8').replaceAll(PURGE_ENTRIES, ''));
};

/**
 * Replaces the policy of a service, and creates a function for each category of the new one, as `npm run add-category`
 * does.
 */
const replaceCategories = (root: string, policy: string): void => {
  withoutCategories(root);
  writeFileSync(join(root, 'retention-policy.yml'), policy);
  for (const id of parseRetentionPolicy(policy, 'retention-policy.yml').categories.keys()) {
    const { file, serverless } = additionOf(id, readServiceFiles(root));
    if (file !== undefined) writeFileSync(join(root, file.path), file.text);
    if (serverless !== undefined) writeFileSync(join(root, 'serverless.yml'), serverless);
  }
};

/** The service with the example policy, or another, in its own temporary folder. */
export const serviceFolder = (policy = EXAMPLE_POLICY): ServiceFolder => {
  const service = shippedServiceFolder();
  replaceCategories(service.path, policy);
  return service;
};

/** A copy of the shipped service, in its own temporary folder. */
export const shippedServiceFolder = (): ServiceFolder => {
  const path = mkdtempSync(join(tmpdir(), 'es-retention-service-'));
  for (const name of COPIED) cpSync(name, join(path, name), { recursive: true });
  symlinkSync(resolve('node_modules'), join(path, 'node_modules'));
  const policy = join(path, 'retention-policy.yml');
  let packages = 0;
  const run: ServiceFolder['run'] = async (args, environment = {}) => runServerless(path, args, environment);
  return {
    path,
    readPolicy: () => readFileSync(policy, 'utf8'),
    writePolicy: (text) => writeFileSync(policy, text),
    run,
    package: async (parameters) => {
      packages += 1;
      const folder = join(path, `packaged-${packages}`);
      await run(['package', '--package', folder, ...asArguments({ ...CLUSTER, ...parameters })]);
      return folder;
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
};

/**
 * Without these, each process of the packager compiles itself again, and makes its validator of `serverless.yml` again.
 * Together they take most of its time.
 */
export const packagerCaches = (): Readonly<Record<string, string>> => {
  const { NODE_COMPILE_CACHE } = process.env;
  return {
    SLS_SCHEMA_CACHE_BASE_DIR: resolve('node_modules', '.cache', 'osls'),
    ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }),
  };
};

const runServerless = async (
  cwd: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<string> => {
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join('node_modules', 'serverless', 'bin', 'serverless.js'), ...args],
      {
        cwd,
        env: { PATH: process.env.PATH, HOME: cwd, SLS_NOTIFICATIONS_MODE: 'off', ...packagerCaches(), ...environment },
      },
    );
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    throw new Error(`osls ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
};
