import { expect, test } from 'vitest';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { serverNow } from '../../../support/server/server-clock.ts';
import { cliFixture } from '../command-line.ts';

const ago = (days: number): string => isoInstant(serverNow() - days * DAY);
const dated = (timestamp: number, ingested: number) => ({
  '@timestamp': ago(timestamp),
  event: { ingested: ago(ingested) },
});

test('explain reports the state of one document, by the later of its dates', async () => {
  const { createIndex, run, left } = cliFixture();
  const [late, ahead, undated] = [dated(20, 4), dated(3, 5), { '@timestamp': 'no date at all', uin: '7' }];
  const properties = { '@timestamp': { type: 'date', ignore_malformed: true } } as const;
  const index = await createIndex('calls-1', { 'x/1': late, ahead, old: dated(40, 39), undated }, { properties });
  await createIndex('calls-2', { ahead: dated(60, 60) });
  const ask = async (id: string) => {
    const { code, stdout } = await run(['explain', '--document', `${index}/${id}`, '--json']);
    const { answers } = JSON.parse(stdout);
    return { code, ...answers[0] };
  };
  expect(await ask('x/1')).toMatchObject({
    state: 'live',
    decidedAt: late.event.ingested,
    decidedBy: 'event.ingested, the later of its dates',
    goes: { dueAt: isoInstant(Date.parse(late.event.ingested) + 14 * DAY) },
    obstacles: expect.arrayContaining([expect.objectContaining({ code: 'behind-ingestion' })]),
  });
  expect(await ask('ahead')).toMatchObject({ state: 'live', decidedAt: ahead['@timestamp'] });
  expect(await ask('old')).toMatchObject({ code: 3, state: 'overdue' });
  const found = await ask('undated');
  expect(found).toMatchObject({ code: 3, state: 'undatable', goes: null, decidedAt: null });
  expect(found.dates['@timestamp']).toBe('a text of 14 characters');
  expect(await left(index)).toHaveLength(4);
});

test('explain prints a request that finds the undatable documents of an index', async () => {
  const { createIndex, run, client } = cliFixture();
  const index = await createIndex('calls-1', { undated: {}, live: dated(2, 2), old: dated(30, 30) });
  const { code, stdout } = await run(['explain', '--index', index, '--json']);
  const [answer] = JSON.parse(stdout).answers;
  expect([code, answer.undatable.ids]).toEqual([3, ['undated']]);
  const [, path = '', body = ''] = /^GET (\/\S+) (.*)$/.exec(answer.undatable.request) ?? [];
  const answered = await client.transport.request<{ hits: { hits: { _id: string }[] } }>({
    method: 'POST',
    path,
    body: JSON.parse(body),
  });
  expect(answered.hits.hits.map(({ _id }) => _id)).toEqual(['undated']);
  expect(answer.counts).toMatchObject({ documents: 3, due: 1, undatable: 1 });
});

test('explain counts the documents of an account without a termination rule', async () => {
  const { createIndex, run, categoryId } = cliFixture();
  await createIndex('calls-1', { a: { ...dated(2, 2), uin: '7' }, b: { ...dated(2, 2), uin: '8' } });
  await createIndex('chats-1', { c: { ...dated(2, 2), uin: '7', sdkAppId: '1' } });
  const { stdout } = await run(['explain', '--uin', '7', '--json']);
  const counted = JSON.parse(stdout).answers.map(({ category, documents, isWhole }: Record<string, unknown>) => ({
    category,
    documents,
    isWhole,
  }));
  expect(counted).toEqual([
    { category: categoryId('calls'), documents: 1, isWhole: true },
    { category: categoryId('chats'), documents: 1, isWhole: true },
  ]);
});
