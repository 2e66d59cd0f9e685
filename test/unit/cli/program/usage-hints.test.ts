import { afterEach, describe, expect, test, vi } from 'vitest';
import { runInProcess } from '../../../support/command-line/in-process.ts';
import { EXAMPLE_POLICY_FILE } from '../../../support/policy/example-policy.ts';

const NOWHERE = { ELASTICSEARCH_URL: 'http://127.0.0.1:1' };

describe('categories in the wrong form on the command line', () => {
  test.each([
    [['verify', 'sdk-logs'], 'verify --category sdk-logs'],
    [['plan', 'sdk-logs', 'uins'], 'plan --category sdk-logs uins'],
    [['backfill-dates', 'uins', '--category', 'x', '--ingested-at', 'y'], 'backfill-dates --category uins'],
  ])('the command %j is refused, with a hint about the right form', async (args, meant) => {
    const { code, stderr } = await runInProcess(args, NOWHERE);
    expect(stderr).toContain(`\n(Did you mean ${meant}?)\nSee node bin/es-retention.mjs --help.\n`);
    expect(code).toBe(2);
  });

  test('are refused with the same hint under --json', async () => {
    const { stdout } = await runInProcess(['verify', 'sdk-logs', '--json'], NOWHERE);
    expect(JSON.parse(stdout).error.found).toContain('(Did you mean verify --category sdk-logs?)');
  });

  test.each([
    [['verify', 'my_secret'], 'what cannot be an id'],
    [['housekeeping', 'sdk-logs'], 'a command without categories'],
    [['backfill-dates', 'a', 'b', '--category', 'x', '--ingested-at', 'y'], 'two where one is allowed'],
  ])('the command %j gets no hint: %s', async (args) => {
    const { code, stderr } = await runInProcess(args, NOWHERE);
    expect(stderr).not.toContain('Did you mean');
    expect(code).toBe(2);
  });

  test.each(['sdk-logs,uins', 'sdk-logs, uins'])(
    'the single text "%s" is refused, with a hint about the right form',
    async (ids) => {
      const args = ['verify', '--category', ids, '--policy', EXAMPLE_POLICY_FILE];
      const { code, stderr } = await runInProcess(args, NOWHERE);
      expect(stderr).toContain('fix       Separate several categories by spaces: --category first second.');
      expect(code).toBe(2);
    },
  );
});

describe('redrive without a reachable queue', () => {
  afterEach(() => vi.unstubAllEnvs());

  test.each([
    [undefined, 'nothing'],
    ['dead-letters', 'something else'],
  ])('names the variable if it holds %s', async (url, found) => {
    vi.stubEnv('DEAD_LETTER_QUEUE_URL', url);
    const { code, stderr } = await runInProcess(['redrive'], {});
    expect(stderr).toContain(`expected  DEAD_LETTER_QUEUE_URL to hold the address of the dead letters`);
    expect(stderr).toContain(`found     ${found}\n`);
    expect(code).toBe(2);
  });

  test('says that the region is missing', async () => {
    vi.stubEnv('DEAD_LETTER_QUEUE_URL', 'https://queue.invalid/dead-letters');
    for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE']) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
    const { code, stderr } = await runInProcess(['redrive'], {});
    expect(stderr).toMatch(/found +Region is missing\n +fix +Set AWS_REGION to the region of the queue\.\n/);
    expect(code).toBe(1);
  });
});
