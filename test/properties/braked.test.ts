import { expect, test } from 'vitest';
import { parseRetentionPolicy } from '../../lib/policy/parsing/parse-retention-policy.ts';
import { policyWith } from '../support/policy/policy-text.ts';
import fc from '../support/run/fast-check.ts';
import { propertyRuns } from '../support/run/property-runs.ts';
import { BrakedHistory, type Step } from './braked-history.ts';

const ACCOUNTS = Array.from({ length: 12 }, (_, at) => `${900 + at}`);
const RULE =
  'rules: { termination: { triggers: [account-deleted], deadline: P7D, cancelWindow: P3D } }\n    guard: { maxShare: 1, maxAccountShare: 0.01, minAccounts: 2 }';
const policy = parseRetentionPolicy(
  policyWith('rules: {}', RULE).replace('mode: observe', 'mode: enforce').concat('terminations: { maxPerHour: 3 }\n'),
  'policy.yml',
);
const category = [...policy.categories.values()].find(({ rules }) => rules.termination !== undefined);
if (category === undefined) throw new Error('no category erases');

const uin = fc.constantFrom(...ACCOUNTS);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      what: fc.constant('message' as const),
      uin,
      source: fc.constantFrom('webhook' as const, 'bus' as const, 'person' as const),
      daysAgo: fc.integer({ min: 0, max: 6 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constantFrom('return' as const, 'confirm' as const, 'tamper' as const, 'again' as const),
      uin,
    }),
  },
  { weight: 4, arbitrary: fc.constant({ what: 'run' as const }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 96 }) }) },
);

test("no braked account is erased, and all are erased after a person's confirmation", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      const history = new BrakedHistory(policy, category, ACCOUNTS);
      for (const each of steps) await history.step(each);
      expect(history.complaints).toEqual([]);
      const owed = history.owed;
      await history.finish();
      expect([...owed].filter((each) => history.present.has(each))).toEqual([]);
      expect([...history.ledger.entries.values()].filter(({ entry }) => entry.state === 'braked')).toEqual([]);
    }),
    { numRuns: propertyRuns(200) },
  );
});
