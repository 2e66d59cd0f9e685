import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cron } from 'croner';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';

const read = (name: string): string => readFileSync(join('deploy/recipes', name), 'utf8');
const documents = parseAllDocuments(read('kubernetes.yml')).map((document) => document.toJS());
const jobs = documents.filter(({ kind }) => kind === 'CronJob');
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

test.each(jobs)('the job $metadata.name has no more rights than it needs', ({ spec }) => {
  const pod = spec.jobTemplate.spec.template.spec;
  const [container, ...more] = pod.containers;
  expect(more).toEqual([]);
  expect(spec).toMatchObject({ concurrencyPolicy: 'Forbid', timeZone: 'Etc/UTC' });
  expect(new Cron(spec.schedule).nextRun()).toBeInstanceOf(Date);
  expect(pod).toMatchObject({
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
  });
  for (const key of ['hostNetwork', 'hostPID', 'hostIPC', 'serviceAccountName']) expect(pod).not.toHaveProperty(key);
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  expect(container.image).toBe(`registry.example.org/es-retention:${version}`);
  const writable = container.volumeMounts.filter(({ readOnly }: { readOnly?: boolean }) => readOnly !== true);
  expect(writable.map(({ name }: { name: string }) => name)).toEqual(['archive']);
  expect(container.volumeMounts.map(({ name }: { name: string }) => name).sort()).toEqual(
    pod.volumes.map(({ name }: { name: string }) => name).sort(),
  );
});

test('the manifests contain no secret: keys come only from Kubernetes secrets', () => {
  const [{ data }] = documents.filter(({ kind }) => kind === 'ConfigMap');
  expect(Object.keys(data).filter((name) => /API_KEY|PASSWORD|SECRET/.test(name))).toEqual([]);
  expect(documents.map(({ kind }) => kind)).not.toContain('Secret');
  for (const { spec } of jobs)
    for (const { value, valueFrom } of spec.jobTemplate.spec.template.spec.containers[0].env) {
      expect(value).toBeUndefined();
      expect(valueFrom.secretKeyRef.name).toBe('es-retention-elasticsearch');
    }
});

test('every job gets the key ring, except the housekeeping job', () => {
  const withRing = jobs.filter(({ spec }) => JSON.stringify(spec).includes('es-retention-keys'));
  expect(withRing.map(({ metadata }) => metadata.name)).toEqual(
    ['purge', 'audit', 'report'].map((job) => `es-retention-${job}`),
  );
});

test('the image has the Node version of .nvmrc, and a numeric user that is not root', () => {
  const text = read('Dockerfile');
  const images = [...text.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  const wanted = `node:${readFileSync('.nvmrc', 'utf8').trim()}-slim`;
  expect(images).toEqual([wanted, wanted]);
  expect(text).toMatch(/^USER 1000$/m);
  expect(text).toContain(`es-retention:${version}`);
});

test('each line of the crontab is a setting or has five fields that cron understands', () => {
  const lines = read('crontab')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !/^[A-Z_]+=\S+$/.test(line));
  expect(lines).toHaveLength(5);
  for (const line of lines) {
    const [, fields = '', command = ''] = /^((?:\S+ ){4}\S+) (.+)$/.exec(line) ?? [];
    expect(new Cron(fields).nextRun()).toBeInstanceOf(Date);
    // cron reads a bare percent sign as a line end.
    expect(command).not.toMatch(/(?<!\\)%/);
  }
});
