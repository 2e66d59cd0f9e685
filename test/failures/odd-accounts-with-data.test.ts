import { expect, test } from 'vitest';
import { elasticsearchAccounts } from '../../lib/adapters/elasticsearch/count/elasticsearch-accounts.ts';
import type { AccountsPage } from '../../lib/erasure/consistency/reconcile.ts';
import { purgeFixture } from '../support/purge/purge-fixture.ts';
import { type Fault, openWire, reset, rewrites } from '../support/server/faulty-connection.ts';

const FOREVER = { times: Number.POSITIVE_INFINITY };
const isAboutOdd = (body: string): boolean => body.includes('-odd"');
const failsItem: Fault = (send, body) =>
  isAboutOdd(body)
    ? rewrites((answer) => {
        answer.responses[0] = { error: { type: 'odd_exception', reason: 'odd' }, status: 500 };
      })(send, body)
    : send();
const failsRequest: Fault = (send, body) => (isAboutOdd(body) ? reset(send, body) : send());

const failsRefresh: Fault = rewrites((answer) => {
  answer._shards.failed = 1;
});

test.each<[string, RegExp, Fault, string]>([
  ['whose search fails', /_msearch/, failsItem, 'odd_exception: odd'],
  ['at which the connection ends', /_msearch/, failsRequest, 'read ECONNRESET'],
  ['that is not refreshed', /-odd.*_refresh/, failsRefresh, '1 shards could not be refreshed'],
])('accounts of the other indices are listed despite an index %s', async (_, path, fault, why) => {
  const fixture = purgeFixture();
  const wire = openWire();
  const client = fixture.newClient({ Connection: wire.Connection });
  const names: string[] = [];
  for (const [at, suffix] of ['a', 'b', 'odd', 'c'].entries())
    names.push(await fixture.createIndex(suffix, { one: { uin: `${at}`, sdkAppId: '1' } }));
  wire.on(path, fault, FOREVER);
  const account = { type: 'keyword', path: 'uin' };
  const asked = names.map((name) => ({ name, account, application: { type: 'keyword', path: 'sdkAppId' } }));
  const pages: AccountsPage[] = [];
  const policy = { timeout: () => 5_000, firstWait: 1, retries: 0 };
  for await (const page of elasticsearchAccounts(client, policy).pages(asked, fixture.category)) pages.push(page);
  expect(pages.flatMap(({ accounts }) => accounts.map(({ uin }) => uin)).sort()).toEqual(['0', '1', '3']);
  expect(pages.flatMap(({ unlisted = [] }) => unlisted)).toEqual([
    { index: names[2], why: expect.stringContaining(why) },
  ]);
});

test('a faulty index costs one command a limited number of requests', async () => {
  const fixture = purgeFixture();
  const wire = openWire();
  const client = fixture.newClient({ Connection: wire.Connection });
  const names = [await fixture.createIndex('a'), await fixture.createIndex('odd'), await fixture.createIndex('b')];
  let atFault = 0;
  const counted: Fault = (send, body) => {
    if (isAboutOdd(body)) atFault += 1;
    return failsRequest(send, body);
  };
  wire.on(/_msearch/, counted, FOREVER);
  const asked = names.map((name) => ({ name, account: { type: 'keyword', path: 'uin' } }));
  const store = elasticsearchAccounts(client, { timeout: () => 5_000, firstWait: 1, retries: 0 });
  const unlisted: string[] = [];
  for (let times = 0; times < 40; times += 1)
    for await (const page of store.pages(asked, fixture.category))
      unlisted.push(...(page.unlisted ?? []).map(({ index }) => index));
  expect(atFault).toBeLessThanOrEqual(64 + 40);
  expect(unlisted.filter((index) => index === names[1])).toHaveLength(40);
});
