import { describe, expect, test } from 'vitest';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import { findingInPattern, findingInReportsIndex } from '../../../lib/policy/parsing/pattern-check.ts';
import { policyWith } from '../../support/policy/policy-text.ts';

describe('an index pattern', () => {
  test.each([
    ['*', /all indices/],
    ['**', /all indices/],
    ['_all', /all indices/],
    ['', /all indices/],
    ['*,-logs', /one pattern per list entry/],
    ['logs-*,-logs-1', /one pattern per list entry/],
    ['-logs-*', /includes/],
    ['<logs-{now/d}>', /date arithmetic/],
    ['cluster:logs-*', /this cluster/],
    ['.logs-*', /begins with a dot/],
    ['.ds-logs-*', /begins with a dot/],
    ['*-logs', /begins with a dot/],
    ['*logs*', /begins with a dot/],
    ['Logs-*', /lower case/],
    ['_logs-*', /lower case/],
    ['+logs-*', /lower case/],
    ['logs-?', /lower case/],
    ['logs *', /lower case/],
    ['logs/2026', /lower case/],
    ['logs#1', /lower case/],
    [`${'l'.repeat(255)}*`, /lower case/],
    [`${'ü'.repeat(128)}`, /lower case/],
    ['l*', /3 characters before/],
    ['lo*', /3 characters before/],
    ['ret*', /retention-\*/],
    ['retention-*', /retention-\*/],
    ['retention-leases', /retention-\*/],
    ['retention-reports*', /retention-\*/],
  ])('is refused: %j', (pattern, expected) => {
    expect(findingInPattern(pattern)?.expected).toMatch(expected);
    expect(findingInPattern(pattern)?.fix).not.toBe('');
  });

  test.each(['logs', 'log*', 'trtc-sdk-log-*', 'logs-*-eu', 'logs-2026.11.24', 'l', 'retentions-*', '1-logs-*'])(
    'is accepted: %s',
    (pattern) => {
      expect(findingInPattern(pattern)).toBeUndefined();
    },
  );

  test('is refused in the policy with its line', () => {
    const text = policyWith('[settings-*]', '\n      - settings-*\n      - "*"');
    expect(() => parseRetentionPolicy(text, 'policy.yml')).toThrow(
      /^policy\.yml:33: categories\.settings\.indices\[1\]: /,
    );
  });

  test.each(['call-*', 'call-log-*', 'call-log-2026', 'cal*log*'])(
    'may not match an index of another category: %s',
    (pattern) => {
      const text = policyWith('[settings-*]', `[settings-*, ${pattern}]`);
      expect(() => parseRetentionPolicy(text, 'policy.yml')).toThrow(
        /expected a pattern that cannot match an index of call-logs/,
      );
    },
  );

  test('may overlap with another pattern of its own category', () => {
    const text = policyWith('[settings-*]', '[settings-*, settings-old-*]');
    expect(() => parseRetentionPolicy(text, 'policy.yml')).not.toThrow();
  });
});

describe('the index of the reports', () => {
  test.each([
    'reports',
    'retention-*',
    'retention-',
    'retention-Reports',
    'retention-leases',
    'retention-a,b',
    '.retention-a',
    '',
  ])('is refused: %j', (name) => {
    expect(findingInReportsIndex(name)?.expected).toMatch(/begins with retention-/);
  });

  test('may have another plain name that begins with retention-', () => {
    expect(findingInReportsIndex('retention-reports-2')).toBeUndefined();
  });

  test('is refused in the policy with its line', () => {
    const text = policyWith('index: retention-reports', 'index: reports');
    expect(() => parseRetentionPolicy(text, 'policy.yml')).toThrow(/^policy\.yml:4: reports\.index: /);
  });
});
