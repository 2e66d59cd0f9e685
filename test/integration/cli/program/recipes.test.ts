import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseExposition } from '../../../support/prometheus/parse-exposition.ts';
import { temporaryFolder } from '../../../support/receipts/archive-worlds.ts';
import { start } from '../command-line.ts';
import { type ErasureCliFixture, erasureCliFixture, GONE } from '../erasure-command-line.ts';

// The commands of deploy/recipes, as their files have them, on a server. Only cron, the container and the cluster of
// Kubernetes are missing: folders stand for what they mount.

const read = (name: string): string => readFileSync(join('deploy/recipes', name), 'utf8');

/** An account whose erasure is due, and a folder with what an administrator puts in place. */
const world = async () => {
  const fixture = await erasureCliFixture();
  await fixture.seed();
  await fixture.tell('account-deleted', { uin: GONE }, 4);
  const folder = realpathSync(temporaryFolder());
  const place = (path: string, text: string): void => {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text, { mode: 0o600 });
  };
  return { ...fixture, folder, place };
};

const statesOf = async ({ run }: Pick<ErasureCliFixture, 'run'>) => {
  const [{ pending, erasing }] = JSON.parse((await run(['status', '--json'])).stdout).categories;
  return { pending, erasing };
};

describe('crontab', () => {
  const lines = read('crontab')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const settings: Readonly<Record<string, string>> = Object.fromEntries(
    lines.flatMap((line) => {
      const [, name = '', value = ''] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
      return name === '' ? [] : [[name, value]];
    }),
  );
  const jobs = lines
    .filter((line) => !/^[A-Z_]+=/.test(line))
    .map((line) => /^(?:\S+ ){5}(.+)$/.exec(line)?.[1]?.replaceAll('\\%', '%') ?? '');

  /** A machine on which es-retention is installed as docs/recipes.md says, below a folder. */
  const machine = async () => {
    const made = await world();
    const { folder, place, environment, policyFile, keys } = made;
    place('etc/es-retention/policy.yml', readFileSync(policyFile, 'utf8'));
    place('etc/es-retention/keys.json', readFileSync(keys, 'utf8'));
    const key = JSON.stringify({ encoded: Buffer.from('an:id').toString('base64') });
    for (const name of ['operator', 'housekeeping'])
      place(`etc/es-retention/${name}.sh`, `export ELASTICSEARCH_API_KEY='${key}'\n`);
    for (const path of ['var/lib/es-retention/pages', 'var/log', 'var/lib/prometheus/node-exporter'])
      mkdirSync(join(folder, path), { recursive: true });
    const here = (text: string): string => text.replaceAll(/(?<![\w.])\/(?=etc\/|var\/)/g, `${folder}/`);
    const env = {
      ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, here(value)])),
      RETENTION_HOME: process.cwd(),
      ELASTICSEARCH_URL: environment.ELASTICSEARCH_URL ?? '',
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
    };
    const log = () => readFileSync(join(folder, 'var/log/es-retention.log'), 'utf8');
    const run = (job: string, more: Readonly<Record<string, string>> = {}) =>
      start(settings.SHELL ?? '', ['-c', here(job)], { ...env, ...more }, folder).ended;
    return { ...made, job: run, log, gauges: join(folder, 'var/lib/prometheus/node-exporter') };
  };

  test('purges, audits, does housekeeping, and writes a report page and gauges', async () => {
    const { job, log, gauges, folder, ...fixture } = await machine();
    const [purge = '', audit = '', housekeeping = '', page = '', writeGauges = '', ...more] = jobs;
    expect(more).toEqual([]);
    expect(await job(purge)).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await statesOf(fixture)).toMatchObject({ erasing: 1 });
    expect(log()).toMatch(/^Kept: 1 of 1 [^\n]*\n$/);
    // It ends with 3 if other tests have indices that nobody claims.
    expect((await job(audit)).code).not.toBe(1);
    expect(readdirSync(join(folder, 'var/lib/es-retention/archive'))).toContain('statements');
    expect(await job(housekeeping)).toMatchObject({ code: 0 });
    expect(log()).toContain('Removed: 0 records of ours');
    expect(await job(page)).toMatchObject({ code: 0 });
    expect(readdirSync(join(folder, 'var/lib/es-retention/pages'))).toEqual([
      expect.stringMatching(/^\d{4}-\d\d-\d\d\.html$/),
    ]);
    expect(await job(writeGauges)).toMatchObject({ code: 0 });
    expect(readdirSync(gauges)).toEqual(['es-retention.prom']);
    const file = join(gauges, 'es-retention.prom');
    const erasing = parseExposition(readFileSync(file, 'utf8')).find(
      ({ name, labels }) => name === 'es_retention_erasures' && labels.state === 'erasing',
    );
    expect(erasing?.value).toBe(1);

    // Without an answer, the earlier file stays, and nothing else is left behind.
    const before = readFileSync(file, 'utf8');
    const failed = await job(writeGauges, { ELASTICSEARCH_URL: 'http://127.0.0.1:1' });
    expect(failed.code).toBe(1);
    expect([readdirSync(gauges), readFileSync(file, 'utf8')]).toEqual([['es-retention.prom'], before]);
  });
});

describe('Dockerfile and kubernetes.yml', () => {
  const instructions = read('Dockerfile')
    .split('\n')
    .flatMap((line) => {
      const [, name = '', rest = ''] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
      return name === '' ? [] : [{ name, words: rest.split(' '), rest }];
    });

  /** Copies as the instruction says: into the stage's folder, or out of the folder of the stage before. */
  const copy = (words: readonly string[], root: string, build: string): void => {
    const isFromStage = words[0]?.startsWith('--from=') === true;
    const [target = '', ...sources] = (isFromStage ? words.slice(1) : words).toReversed();
    for (const source of sources) {
      const from = isFromStage ? source.replace('/build', build) : resolve(source);
      cpSync(from, join(root, target, target === './' ? source : ''), { recursive: true });
    }
  };

  /** The packages that are here stand for those that npm would fetch. */
  const execute = (words: readonly string[], root: string): void => {
    const [command = '', ...args] = words;
    if (command === 'npm') symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
    else execFileSync(command === 'node' ? process.execPath : command, args, { cwd: root, stdio: 'pipe' });
  };

  /** Makes the image's folder `/app` by the instructions of the Dockerfile. */
  const built = (folder: string): string => {
    const roots = { '/build': join(folder, 'build'), '/app': join(folder, 'app') };
    let root = '';
    for (const { name, words, rest } of instructions) {
      if (name === 'WORKDIR') {
        root = roots[rest as keyof typeof roots];
        mkdirSync(root);
      } else if (name === 'COPY') copy(words, root, roots['/build']);
      else if (name === 'RUN') execute(words, root);
    }
    return roots['/app'];
  };

  test('run only the bundle in every job, and write nothing but the archive', async () => {
    const { folder, place, environment, policyFile, keys, ...fixture } = await world();
    const app = built(folder);
    const [node, main = ''] = JSON.parse(instructions.find(({ name }) => name === 'ENTRYPOINT')?.rest ?? '');
    expect([node, readdirSync(app).sort()]).toEqual(['node', ['dist', 'docs', 'package.json']]);
    place('volumes/policy/policy.yml', readFileSync(policyFile, 'utf8'));
    place('volumes/keys/keys.json', readFileSync(keys, 'utf8'));
    chmodSync(join(folder, 'volumes/keys/keys.json'), 0o400);
    const [archive, home] = [join(folder, 'volumes/archive'), join(folder, 'home')];
    for (const each of [archive, home]) mkdirSync(each);

    const documents = parseAllDocuments(read('kubernetes.yml')).map((document) => document.toJS());
    const [{ data }] = documents.filter(({ kind }) => kind === 'ConfigMap');
    const jobs = documents.filter(({ kind }) => kind === 'CronJob');
    const run = async (name: string) => {
      const job = jobs.find(({ metadata }) => metadata.name === `es-retention-${name}`);
      const [container] = job.spec.jobTemplate.spec.template.spec.containers;
      // Each pod sees its own volumes, at its own places, and no others.
      const pod = join(folder, `pod-${name}`);
      for (const { name: volume, mountPath } of container.volumeMounts) {
        mkdirSync(dirname(join(pod, mountPath)), { recursive: true });
        symlinkSync(join(folder, 'volumes', volume), join(pod, mountPath), 'dir');
      }
      const settings = Object.entries<string>(data).map(([key, value]) => [key, value.replace(/^\//, `${pod}/`)]);
      const [{ name: keyName }] = container.env;
      return start(
        process.execPath,
        [main.replace('/app', app), ...container.args.map((each: string) => each.replace(/^\//, `${pod}/`))],
        {
          ...Object.fromEntries(settings),
          ELASTICSEARCH_URL: environment.ELASTICSEARCH_URL ?? '',
          [keyName]: JSON.stringify({ encoded: Buffer.from('an:id').toString('base64') }),
          NODE_COMPILE_CACHE: '',
          TMPDIR: home,
          HOME: home,
        },
        app,
      ).ended;
    };
    // What is not the archive is read-only in a pod, so that nothing else may be written.
    const elsewhere = (): readonly string[] =>
      [app, home, join(folder, 'volumes/policy'), join(folder, 'volumes/keys')].flatMap((root) =>
        readdirSync(root, { recursive: true, encoding: 'utf8' }).map(
          (name) => `${join(root, name)} ${statSync(join(root, name)).mtimeMs}`,
        ),
      );
    const before = elsewhere();
    expect(await run('purge')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Kept: 1 of 1 /), stderr: '' });
    expect(await statesOf(fixture)).toMatchObject({ erasing: 1 });
    // It ends with 3 if other tests have indices that nobody claims.
    const audited = await run('audit');
    expect([audited.code === 1, audited.stderr]).toEqual([false, '']);
    expect(readdirSync(join(archive, 'archive'))).toContain('statements');
    expect(await run('housekeeping')).toMatchObject({ code: 0, stderr: '' });
    expect(await run('report')).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(archive, 'report.html'), 'utf8')).toContain('1 of 1 promise kept');
    expect(jobs).toHaveLength(4);
    expect(elsewhere()).toEqual(before);
  });
});
