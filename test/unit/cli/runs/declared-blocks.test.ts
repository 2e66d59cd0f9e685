import { expect, test } from 'vitest';
import { declaredBlocks } from '../../../../lib/cli/commands/purge/block-check.ts';
import { EXIT } from '../../../../lib/cli/exit-code.ts';
import type { Session } from '../../../../lib/cli/session.ts';
import { failure } from '../../../support/in-memory/in-memory-cluster.ts';

const INTENT = { index: 'call-log-1', uuid: 'u' };

/** Reads two categories, of which the second one throws. */
const reading = (code: string) =>
  declaredBlocks({
    ports: {
      leases: {
        categories: async () => ['calls', 'chats'],
        leftoverBlocks: async (category: string) => {
          if (category === 'chats') throw failure(code, 'no answer');
          return [INTENT];
        },
      },
    },
  } as unknown as Session);

test('a lease index that is deleted after it was listed declares no block', async () => {
  const { blocks, unreached, exitCode } = await reading('own-index-missing');
  expect([[...blocks], unreached, exitCode]).toEqual([[['calls', [INTENT]]], [], EXIT.done]);
});

test('a category whose leases do not answer is named, and the others are read', async () => {
  const { blocks, unreached, exitCode } = await reading('timeout');
  expect([[...blocks], unreached.map(({ category }) => category)]).toEqual([[['calls', [INTENT]]], ['chats']]);
  expect(exitCode).not.toBe(EXIT.done);
});
