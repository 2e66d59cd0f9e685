import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkInput, checkTemplate, checkZips, type Serverless } from '../../../deploy/service/package-checks.ts';

interface Given {
  readonly stage?: string;
  readonly param?: string | readonly string[];
  readonly functions?: Serverless['service']['functions'];
  readonly resources?: number;
  readonly padding?: number;
}

const CLUSTER = { environment: { ELASTICSEARCH_URL: 'https://es.example.org' }, events: [{}, {}] };

const serverlessOf = ({ stage = 'prod', param, functions, resources = 0, padding = 0 }: Given = {}): Serverless => ({
  service: {
    service: 'es-retention',
    provider: {
      stage,
      compiledCloudFormationTemplate: {
        Resources: Object.fromEntries(Array.from({ length: resources }, (_, at) => [`r${at}`, ' '.repeat(padding)])),
      },
    },
    functions: functions ?? { 'receive-termination': {}, 'purge-console-configuration': CLUSTER },
  },
  processedInput: { options: { ...(param !== undefined && { param }) } },
  configurationInput: { params: { default: { elasticsearchUrl: '', enforceCluster: '', tracing: 'off' } } },
});

describe('the check before packaging', () => {
  test.each<[string, Given]>([
    ['nothing but the cluster', {}],
    ['one parameter', { param: 'enforceCluster=x' }],
    ['several', { param: ['enforceCluster=x', 'tracing=on'] }],
    ['the longest stage', { stage: 'sixteen-is-taken' }],
  ])('accepts this input: %s', (_, given) => {
    expect(() => checkInput(serverlessOf(given))).not.toThrow();
  });

  test.each<[string, Given, RegExp]>([
    [
      'a slip in a parameter',
      { param: ['enforceClustr=x'] },
      /found "enforceClustr" \(did you mean enforceCluster\?\)/,
    ],
    ['a parameter of something else', { param: 'memorySize=1' }, /found "memorySize"\. Correct --param/],
    [
      'no cluster',
      { functions: { 'purge-uins': { environment: { ELASTICSEARCH_URL: '' } } } },
      /elasticsearchUrl; found nothing/,
    ],
    [
      'a stage that makes the name of a rule too long',
      { stage: 'seventeen-is-long' },
      /es-retention-seventeen-is-long-purge-console-configuration-rule-2, which has 65\. Choose a stage of at most 16/,
    ],
    ['a stage that no stack can be called', { stage: 'a_b' }, /a stage of letters, digits and hyphens; found "a_b"/],
    [
      'a category whose name leaves no room for a stage',
      { functions: { [`purge-${'x'.repeat(50)}`]: CLUSTER } },
      /Choose a shorter name for the category/,
    ],
  ])('refuses this input: %s', (_, given, message) => {
    expect(() => checkInput(serverlessOf(given))).toThrow(message);
  });
});

describe('a template', () => {
  test('may have 500 resources, and is refused with 501', () => {
    const functions = Object.fromEntries(Array.from({ length: 25 }, (_, at) => [`purge-${at}`, CLUSTER]));
    expect(() => checkTemplate(serverlessOf({ resources: 500, functions }))).not.toThrow();
    expect(() => checkTemplate(serverlessOf({ resources: 501, functions }))).toThrow(
      /at most 500 resources; found 501, for 25 categories\. About 24 categories/,
    );
  });

  test('that is too large is refused', () => {
    expect(() => checkTemplate(serverlessOf({ resources: 400, padding: 3_000 }))).toThrow(/1000000 bytes/);
  });
});

describe('a zip', () => {
  const zipWith = (...names: readonly string[]): string => {
    const folder = mkdtempSync(join(tmpdir(), 'es-retention-zip-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'x.zip'), names.join('\0'));
    return join(folder, 'x.zip');
  };
  const check = (artifact: string, ELASTICSEARCH_CA: string) => () =>
    checkZips(
      serverlessOf({ functions: { 'purge-uins': { environment: { ELASTICSEARCH_CA }, package: { artifact } } } }),
    );

  test('is refused if it lacks the certificate or the policy, and the missing file is named', () => {
    expect(check(zipWith('retention-policy.yml', 'certs/ca.pem'), 'certs/ca.pem')).not.toThrow();
    expect(check(zipWith('retention-policy.yml'), '')).not.toThrow();
    expect(check(zipWith('retention-policy.yml'), 'certs/ca.pem')).toThrow(/certs\/ca\.pem in the zip of purge-uins/);
    expect(check(zipWith('certs/ca.pem'), 'certs/ca.pem')).toThrow(/the file retention-policy\.yml in the zip/);
  });
});
