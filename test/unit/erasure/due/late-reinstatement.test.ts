import { expect, test } from 'vitest';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import type { Ports } from '../../../../lib/purge/purge.ts';
import { NO_BRAKE, TERMINATED } from '../../../support/erasure/erasure-fixture.ts';
import { erasureInMemory } from '../../../support/in-memory/erasure-in-memory.ts';
import { NOW } from '../../../support/purge/purge-fixture.ts';

const rules = {
  age: { maxAge: 'P14D', allowedLateness: 'PT1H' },
  termination: { triggers: ['account-deleted'], deadline: 'P7D', cancelWindow: 'P3D' },
};
const CATEGORY = { records: 'dated', schedule: 'rate(15 minutes)', rules, guard: NO_BRAKE };
const of = (uin: string) => ({ uin, '@timestamp': isoInstant(TERMINATED) });

// The state is read with the fields of the policy before a block, at the last look before a drop, and before a slice.
test.each([
  ['a whole index is dropped', {}, 2],
  ['a slice is deleted', { other: of('9') }, 1],
])('an account that is reinstated during the last check before %s is not erased', async (_, others, lastLook) => {
  const fixture = erasureInMemory({ category: CATEGORY });
  await fixture.createIndex('live', { stays: of('9') });
  const index = await fixture.createIndex('a', { one: of('1'), ...others });
  await fixture.tell('account-deleted', { uin: '1' });
  let looks = 0;
  const report = await fixture.runPurge({
    around: (ports: Ports) => ({
      ...ports,
      remover: {
        ...ports.remover,
        state: async (name, fields) => {
          const state = await ports.remover.state(name, fields);
          if (fields !== undefined) looks += 1;
          if (fields !== undefined && looks === lastLook) await fixture.tell('account-reinstated', { uin: '1' }, NOW);
          return state;
        },
      },
    }),
  });
  expect(looks).toBe(lastLook);
  expect(await fixture.left(index)).toContain('one');
  expect(report).toMatchObject({ documentsRemoved: 0, erasures: { cancelled: 1 } });
});
