import { expect, test } from 'vitest';
import { erasureCliFixture, GONE } from '../integration/cli/erasure-command-line.ts';
import { runInProcess } from '../support/command-line/in-process.ts';
import { madeOnce } from '../support/run/made-once.ts';
import { takeNothingOver } from '../support/server/reused-names.ts';
import { type Passing, rewritingProxy } from '../support/server/rewriting-proxy.ts';

const says =
  (text: string, status = 200, headers: Record<string, string> = {}) =>
  (passing: Passing): void => {
    Object.assign(passing, { text, status });
    Object.assign(passing.headers, headers);
  };

const HTML = { 'content-type': 'text/html' };
const STRANGE: readonly (readonly [string, (passing: Passing) => void])[] = [
  ['null', says('null')],
  ['an empty object', says('{}')],
  ['a list', says('[]')],
  ['a page', says('<html>please log in: hunter2</html>', 200, HTML)],
  ['a page that moved', says('<html>moved</html>', 302, { ...HTML, location: 'http://127.0.0.1:1/?key=hunter2' })],
  ['an address that moved', says('', 301, { location: 'https://u:hunter2@es.example.org/' })],
];

/**
 * The time is told by another index as well. With an empty object Elasticsearch itself answers some of the others,
 * where there is nothing that they ask for. Leases show a check only whether holds were lost; without, nothing is held.
 */
const NEEDLESS =
  /^GET \/retention-[^/]*-leases\.[^/]*$|_search$|^GET \/_cluster\/(?:settings|state\/metadata)$|\/_mapping\/field\//;

/** The path of a request without what it asks for, and how its names are told. */
const kindOf = ({ line }: Passing): string => line.split('?')[0] ?? '';

/** A category whose records no test changes. */
const quiet = madeOnce(async () => {
  takeNothingOver();
  const fixture = await erasureCliFixture();
  await fixture.seed();
  await fixture.tell('account-deleted', { uin: GONE }, 1);
  return fixture;
});

test.each(STRANGE)('the error about a server that answers %s names its status and address', async (_, rewrite) => {
  const { environment } = quiet();
  const url = await rewritingProxy(environment.ELASTICSEARCH_URL ?? '', rewrite);
  for (const command of ['verify', 'status', 'purge']) {
    const { code, stdout } = await runInProcess([command, '--json'], { ...environment, ELASTICSEARCH_URL: url });
    expect(JSON.parse(stdout)).toMatchObject({
      exitCode: 1,
      error: {
        code: 'not-elasticsearch',
        found: expect.stringMatching(new RegExp(`^HTTP \\d{3} from ${url.slice(7)}, `)),
        fix: expect.stringContaining('ELASTICSEARCH_URL'),
      },
    });
    expect([code, stdout]).toEqual([1, expect.not.stringContaining('hunter2')]);
  }
});

test.each(STRANGE)(
  'if any needed request of verify gets %s, verify fails without an internal error',
  async (_, rewrite) => {
    const { environment } = quiet();
    const target = environment.ELASTICSEARCH_URL ?? '';
    const kinds = new Set<string>();
    let odd = '';
    // Nothing changes there, and verify only looks: what it has asked before need not be asked again.
    const isQuiet = true;
    const rewriteOdd = (passing: Passing): void => {
      kinds.add(kindOf(passing));
      if (kindOf(passing) === odd) rewrite(passing);
    };
    const url = await rewritingProxy(target, rewriteOdd, isQuiet);
    const verify = () => runInProcess(['verify', '--json'], { ...environment, ELASTICSEARCH_URL: url });
    expect((await verify()).code).toBe(0);
    expect(kinds.size).toBeGreaterThan(10);
    const unharmed: string[] = [];
    for (odd of kinds) {
      const { code, stdout } = await verify();
      if (code === 0) unharmed.push(odd);
      expect([odd, stdout]).toEqual([odd, expect.not.stringMatching(/"unexpected"|TypeError|hunter2/)]);
    }
    odd = '';
    expect((await verify()).code).toBe(0);
    expect(unharmed.filter((kind) => !NEEDLESS.test(kind) || /-ledger|-events/.test(kind))).toEqual([]);
  },
  120_000,
);
