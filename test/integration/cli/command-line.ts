import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { DAY } from '../../../lib/policy/time/duration.ts';
import { type Ended, runInProcess } from '../../support/command-line/in-process.ts';
import { type Documents, type PurgeFixture, purgeFixture } from '../../support/purge/purge-fixture.ts';
import { temporaryFile } from '../../support/run/temporary-file.ts';
import { namesOfOthers } from '../../support/server/names-of-others.ts';
import { serverNow } from '../../support/server/server-clock.ts';

export const LAUNCHER = join(import.meta.dirname, '../../../bin/es-retention.mjs');

/** A command line at work. */
export interface AtWork {
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
  type(text: string): void;
  /** Resolves once it has written that, on stdout or stderr. */
  wrote(text: string): Promise<void>;
}

type Environment = Readonly<Record<string, string>>;

const { PATH, NODE_COMPILE_CACHE } = process.env;

/**
 * Starts a program without anything in its environment but what is given (and what makes Node start in half the time).
 */
export const start = (
  command: string,
  args: readonly string[],
  environment: Environment = {},
  folder = process.cwd(),
): AtWork => {
  const child = spawn(command, args, { cwd: folder, env: { PATH, NODE_COMPILE_CACHE, ...environment } });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  let onOutput = (): void => {};
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
    onOutput();
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
    onOutput();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const wrote = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      onOutput = () => {
        if ((stdout + stderr).includes(text)) resolve();
      };
      onOutput();
      ended.then(() => reject(new Error(`it ended without writing "${text}": ${stdout}${stderr}`)), reject);
    });
  return { ended, wrote, kill: (signal) => child.kill(signal), type: (text) => child.stdin.write(text) };
};

/** Starts the command line as a person does, under this process's Node. */
const startCli = (args: readonly string[], environment: Environment = {}, folder?: string): AtWork =>
  start(process.execPath, [LAUNCHER, ...args], environment, folder);

/**
 * The AWS SDK, `redrive` and Node read the environment of the process they run in; a working folder is the process's
 * own, too.
 */
const needsProcess = (environment: Environment, folder?: string): boolean =>
  folder !== undefined || Object.keys(environment).some((name) => /^(AWS|NODE|DEAD_LETTER)_/.test(name));

/**
 * Runs the command line to its end, with nobody at its standard input: in this process, unless the environment or the
 * working folder (default: the repository's) calls for one of its own.
 */
export const cli = (args: readonly string[], environment: Environment = {}, folder?: string): Promise<Ended> =>
  needsProcess(environment, folder) ? startCli(args, environment, folder).ended : runInProcess(args, environment);

const category = (id: string, name: string) => ({
  title: name,
  fields: ['room'],
  dataSubjects: 'participants',
  purpose: 'Troubleshooting.',
  legalBasis: 'Contract.',
  promise: { quote: 'Stored for 14 days.', source: 'Privacy policy', sourceDate: '2023-09-08' },
  indices: [`${id}-${name}-*`],
  applicationField: 'sdkAppId',
  records: 'dated',
  rules: { age: { maxAge: 'P14D', allowedLateness: 'PT1H' } },
  schedule: 'rate(15 minutes)',
  guard: { maxShare: 1 },
});

/** Categories `calls` and `chats` of its own, with a policy file, on the run's server. */
export interface CliFixture extends PurgeFixture {
  /** Full id of a category: `calls` → `calls-t1234`. */
  readonly categoryId: (name: string) => string;
  readonly policyFileWith: (changes?: {
    readonly mode?: string;
    readonly maxShare?: number;
    readonly ignoredIndices?: readonly string[];
    /** An index whose name does not begin with the fixture's id, and that is seen all the same. */
    readonly visible?: string;
  }) => string;
  /** Runs a command with the policy, against the server. */
  readonly run: (args: readonly string[], file?: string) => Promise<Ended>;
  readonly start: (args: readonly string[], environment?: Environment) => AtWork;
}

/** Makes a {@link CliFixture}; call it inside a test. */
export const cliFixture = (): CliFixture => {
  const fixture = purgeFixture({}, 'calls and chats');
  const { id } = fixture;
  const categoryId = (name: string): string => `${name}-${id}`;
  const policyFileWith: CliFixture['policyFileWith'] = ({
    mode = 'enforce',
    maxShare = 1,
    ignoredIndices = [],
    visible = id,
  } = {}) =>
    temporaryFile(
      'policy.yml',
      JSON.stringify({
        mode,
        earliest: '2015-01-01T00:00:00Z',
        reports: { index: 'retention-reports', maxAge: 'P1095D' },
        ignoredIndices: [...namesOfOthers(id, visible), ...ignoredIndices],
        categories: Object.fromEntries(
          ['calls', 'chats'].map((name) => [categoryId(name), { ...category(id, name), guard: { maxShare } }]),
        ),
      }),
    );
  const enforced = policyFileWith();
  const url = inject('elasticsearchUrl');
  const begin: CliFixture['start'] = (args, environment = {}) =>
    startCli(args, { ELASTICSEARCH_URL: url, RETENTION_POLICY: enforced, ...environment });
  return {
    ...fixture,
    categoryId,
    policyFileWith,
    run: (args, file = enforced) => cli(args, { ELASTICSEARCH_URL: url, RETENTION_POLICY: file }),
    start: begin,
  };
};

/** So many documents dated so many days before now. */
export const aged = (days: number, documents = 1): Documents =>
  Object.fromEntries(
    Array.from({ length: documents }, (_, at) => [
      `${days}d${at}`,
      { '@timestamp': new Date(serverNow() - days * DAY - at).toISOString() },
    ]),
  );
