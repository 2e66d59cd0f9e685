import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Bench } from './harness.ts';
import type { Measured } from './page/found.ts';

// Elasticsearch Curator, as most people use it to keep indices for some days: whole indices are deleted whose newest
// document is older.

const VERSION = '9.0.0';

export const CURATOR = `Curator ${VERSION}, delete_indices by the newest date`;

const run = promisify(execFile);

/** Curator in a virtual environment of Python, in the folder of the bench. */
export interface Curator {
  /**
   * Deletes whole indices, and measures it. *Net* is without the start of Python and the import of its modules, which
   * `curator --version` needs too.
   * @param pattern a regular expression for names of indices.
   * @throws Error with what Curator said, if it fails.
   */
  readonly deleteIndices: (pattern: string, days: number) => Promise<Measured>;
}

const saidBy = (error: unknown): string => {
  const { stdout = '', stderr = '', message = '' } = error as { stdout?: string; stderr?: string; message?: string };
  return `${stderr}${stdout}`.trim().split('\n').slice(-3).join(' ') || message;
};

/** JSON is YAML, too. */
const actionsFor = (pattern: string, days: number): string =>
  JSON.stringify({
    actions: {
      1: {
        action: 'delete_indices',
        options: { ignore_empty_list: true },
        filters: [
          { filtertype: 'pattern', kind: 'regex', value: pattern },
          {
            filtertype: 'age',
            source: 'field_stats',
            field: '@timestamp',
            stats_result: 'max_value',
            direction: 'older',
            unit: 'days',
            unit_count: days,
          },
        ],
      },
    },
  });

/**
 * Installs Curator from PyPI by pip, once for each bench, and tries whether it can speak to the server.
 * @throws Error that says why not.
 */
export const installCurator = async (bench: Bench): Promise<Curator> => {
  const { folder, server, requests } = bench;
  const bin = join(folder, 'curator', 'bin');
  if (!existsSync(join(bin, 'curator')))
    try {
      await run('python3', ['-m', 'venv', join(folder, 'curator')]);
      await run(join(bin, 'pip'), ['install', '--quiet', `elasticsearch-curator==${VERSION}`]);
    } catch (error) {
      throw new Error(`it could not be installed (${saidBy(error)})`, { cause: error });
    }
  const config = join(folder, 'curator.yml');
  writeFileSync(
    config,
    JSON.stringify({
      elasticsearch: { client: { hosts: server.url, request_timeout: 600 } },
      logging: { loglevel: 'WARNING' },
    }),
  );
  const curator = async (...given: readonly string[]): Promise<void> => {
    try {
      await run(join(bin, 'curator'), [...given]);
    } catch (error) {
      throw new Error(`Curator ${VERSION} failed: ${saidBy(error)}`, { cause: error });
    }
  };
  const actions = join(folder, 'curator-actions.yml');
  writeFileSync(actions, actionsFor('^there-is-no-such-index$', 1));
  await curator('--config', config, actions);
  return {
    deleteIndices: async (pattern, days) => {
      writeFileSync(actions, actionsFor(pattern, days));
      const { seconds: start } = await requests(() => curator('--version'));
      const measured = await requests(() => curator('--config', config, actions));
      return { ...measured, net: Math.max(0, measured.seconds - start) };
    },
  };
};
