import { type Client, errors, type estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { askInParts, type Countable } from '../../../../../lib/adapters/elasticsearch/count/ask-in-parts.ts';
import { noKnownFaults } from '../../../../../lib/adapters/elasticsearch/count/known-faults.ts';

const REQUESTS = { timeout: () => 1_000, firstWait: 1, retries: 0 };

const indicesNamed = (letter: string, size: number): readonly Countable[] =>
  Array.from({ length: size }, (_, at) => ({
    name: `${letter}-${at}`,
    primaries: 1,
    usable: { timestamp: true, ingested: true },
  }));

type Failing = (names: readonly string[]) => Error | { readonly status: number } | undefined;

/** A client whose `_msearch` answers by the names that are asked about; it counts requests, and keeps their names. */
const clientThat = (failing: Failing) => {
  const sent: (readonly string[])[] = [];
  const msearch = async ({ searches = [] }: estypes.MsearchRequest) => {
    const headers = searches.filter((_, at) => at % 2 === 0) as { index: string[] }[];
    const names = headers.flatMap(({ index }) => index);
    sent.push(names);
    const broken = failing(names);
    if (broken instanceof Error) throw broken;
    const responses = headers.map(({ index }) => {
      const failed = failing(index);
      return failed === undefined ? { hits: {} } : { error: { type: 'odd', reason: 'odd' }, ...failed };
    });
    return { responses };
  };
  return { client: { msearch } as unknown as Client, sent };
};

const ask = (client: Client, indices: readonly Countable[], faults = noKnownFaults()) =>
  askInParts([{ usable: { timestamp: true, ingested: true }, indices }], {
    client,
    requests: REQUESTS,
    doing: 'counting',
    searchesOf: () => [{ size: 0 }],
    faults,
  });

const closes: Failing = (names) =>
  names.some((name) => name.endsWith('-3')) ? new errors.ConnectionError('closed') : undefined;
const hangs: Failing = (names) =>
  names.some((name) => name.endsWith('-3')) ? new errors.TimeoutError('late') : undefined;
const everyOther: Failing = (names) =>
  names.some((name) => Number(name.split('-')[1]) % 2 === 0) ? new errors.ConnectionError('closed') : undefined;
const failsAs =
  (status: number): Failing =>
  (names) =>
    names.some((name) => name.endsWith('-3')) ? { status } : undefined;

/**
 * An index that is not asked again stays unanswered: it is never purged, and its category never called kept, by that
 * command.
 */
describe('a faulty index', () => {
  test.each([
    ['that closes the connection', closes],
    ['that never answers', hangs],
    ['whose search fails', failsAs(400)],
  ])('%s is isolated only once by one command', async (_, failing) => {
    const { client, sent } = clientThat(failing);
    const faults = noKnownFaults();
    const indices = indicesNamed('a', 16);
    const first = await ask(client, indices, faults);
    const requests = sent.length;
    expect(requests).toBeLessThanOrEqual(9);
    expect([...first.unanswered.keys()]).toEqual(['a-3']);
    const second = await ask(client, indices, faults);
    expect(second.unanswered).toEqual(first.unanswered);
    expect(sent.slice(requests)).toEqual([indices.flatMap(({ name }) => (name === 'a-3' ? [] : [name]))]);
  });

  test('is not asked again when it is the only index, and its reason is reported', async () => {
    const { client, sent } = clientThat(closes);
    const faults = noKnownFaults();
    await ask(client, indicesNamed('a', 8), faults);
    const requests = sent.length;
    const [, , , odd] = indicesNamed('a', 8);
    const { unanswered } = await ask(client, odd === undefined ? [] : [odd], faults);
    expect([...unanswered]).toEqual([['a-3', 'closed']]);
    expect(sent.length).toBe(requests);
  });

  test.each([429, 503])('that is only too busy (%i) is asked again', async (status) => {
    const { client, sent } = clientThat(failsAs(status));
    const faults = noKnownFaults();
    await ask(client, indicesNamed('a', 4), faults);
    await ask(client, indicesNamed('a', 4), faults);
    expect(sent.filter((names) => names.includes('a-3')).length).toBeGreaterThan(3);
  });
});

test('many faulty indices cost one command a limited number of requests', async () => {
  const { client, sent } = clientThat(everyOther);
  const faults = noKnownFaults();
  for (const letter of 'abcdefgh') await ask(client, indicesNamed(letter, 64), faults).catch(() => undefined);
  expect(sent.length).toBeLessThanOrEqual(128 + 8);
});

test('one command waits only a few times for indices that never answer', async () => {
  const { client, sent } = clientThat((names) => (names.length > 0 ? new errors.TimeoutError('late') : undefined));
  const faults = noKnownFaults();
  for (const letter of 'abcd') await ask(client, indicesNamed(letter, 64), faults).catch(() => undefined);
  expect(sent.length).toBeLessThanOrEqual(12);
});

test('an unreachable server does not make its indices faulty', async () => {
  const faults = noKnownFaults();
  const { client } = clientThat(() => new errors.ConnectionError('down'));
  await expect(ask(client, indicesNamed('a', 4), faults)).rejects.toThrow('no-server');
  expect(faults.faulty.size).toBe(0);
});
