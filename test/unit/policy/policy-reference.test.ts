import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { policyReference, withReference } from '../../../scripts/policy-reference.ts';

const PAGE = readFileSync('docs/policy.md', 'utf8');
const reference = policyReference(JSON.parse(readFileSync('retention-policy.schema.json', 'utf8')));

test('the policy reference is current (if not: npm run policy-reference)', () => {
  expect(PAGE).toBe(withReference(PAGE, reference));
});

test('the policy reference contains keys of every depth, once each', () => {
  const keys = [...reference.matchAll(/^\| `([^`]+)`/gm)].map(([, key]) => key);
  expect(keys).toEqual(expect.arrayContaining(['mode', 'reports.maxAge', 'defaults.guard.maxShare']));
  expect(keys).toEqual(expect.arrayContaining(['categories.<id>.rules.age.maxAge', 'webhook.cloudEvents[].means']));
  expect(new Set(keys).size).toBe(keys.length);
});
