import { afterEach, describe, expect, test, vi } from 'vitest';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import { PolicyError } from '../../../lib/policy/parsing/policy-error.ts';
import { POLICY, policyWith } from '../../support/policy/policy-text.ts';

const parse = (text: string) => parseRetentionPolicy(text, 'policy.yml');

describe('a policy', () => {
  test('is read with its categories in the order of the file', () => {
    const policy = parse(POLICY);
    expect(policy.mode).toBe('observe');
    expect(policy.earliest).toBe(Date.UTC(2015, 0, 1));
    expect(policy.reports).toEqual({
      index: 'retention-reports',
      maxAge: { iso: 'P1095D', milliseconds: 1095 * 86_400_000 },
    });
    expect([...policy.categories.keys()]).toEqual(['call-logs', 'settings']);
  });

  test('gives a category the default of each key that it leaves out', () => {
    expect(parse(POLICY).categories.get('call-logs')).toEqual({
      id: 'call-logs',
      title: 'Call logs',
      fields: ['room', 'volume'],
      dataSubjects: 'participants',
      purpose: 'Troubleshooting.',
      legalBasis: 'Contract.',
      promise: { quote: 'Stored for 14 days.', source: 'Privacy policy', sourceDate: '2023-09-08' },
      indices: ['call-log-*'],
      records: 'dated',
      timestampField: '@timestamp',
      ingestedField: 'event.ingested',
      accountField: 'uin',
      rules: {
        age: {
          maxAge: { iso: 'P14D', milliseconds: 1_209_600_000 },
          allowedLateness: { iso: 'PT1H', milliseconds: 3_600_000 },
        },
      },
      schedule: { expression: 'rate(15 minutes)', timeZone: 'UTC' },
      guard: { maxShare: 0.5, maxAccountShare: 0.1, minAccounts: 10 },
      interpretations: [],
      dateDecisions: [],
    });
  });

  test('has an application field only if the file names one', () => {
    const named = (text: string) => [...parse(text).categories.values()].map((each) => each.applicationField);
    expect(named(POLICY)).toEqual([undefined, undefined]);
    expect(named(`${POLICY}defaults: { applicationField: app }\n`)).toEqual(['app', 'app']);
    expect(named(policyWith('rules: {}', 'rules: {}\n    applicationField: app'))).toEqual([undefined, 'app']);
  });

  test('lets messages skip the cancel window only with immediate: true', () => {
    expect(parse(POLICY).terminations).toEqual({ immediate: false, maxPerHour: 100 });
    expect(parse(`${POLICY}terminations: { immediate: true }\n`).terminations).toMatchObject({ immediate: true });
  });

  test("uses a category's value before defaults, and defaults before built-in ones", () => {
    const defaults =
      'defaults: { timestampField: at, guard: { maxShare: 0.25 }, timeZone: Europe/Berlin }\ncategories:';
    const text = policyWith('categories:', defaults).replace(
      'rules: {}',
      'rules: {}\n    timestampField: changed\n    guard: { maxShare: 1 }\n    timeZone: Asia/Tokyo',
    );
    const { categories } = parse(text);
    expect(categories.get('call-logs')).toMatchObject({
      timestampField: 'at',
      guard: { maxShare: 0.25 },
      schedule: { timeZone: 'Europe/Berlin' },
    });
    expect(categories.get('settings')).toMatchObject({
      timestampField: 'changed',
      guard: { maxShare: 1 },
      schedule: { timeZone: 'Asia/Tokyo' },
    });
  });

  test('takes each limit of a run from the category, else from the defaults', () => {
    const text = policyWith(
      'categories:',
      'defaults: { guard: { maxShare: 0.25, minAccounts: 3, maxAccountShare: 0.02 } }\ncategories:',
    ).replace('rules: {}', 'rules: {}\n    guard: { maxShare: 1, minAccounts: 0 }');
    const { categories } = parse(text);
    expect(categories.get('call-logs')?.guard).toEqual({ maxShare: 0.25, minAccounts: 3, maxAccountShare: 0.02 });
    expect(categories.get('settings')?.guard).toEqual({ maxShare: 1, minAccounts: 0, maxAccountShare: 0.02 });
  });

  test.each(['maxPerHour: 0', 'maxPerHour: 1.5', 'maxPerHour: many'])('refuses the limit %s', (limit) => {
    expect(() => parse(`${POLICY}terminations: { ${limit} }\n`)).toThrow('maxPerHour');
  });

  test.each(['maxAccountShare: 0', 'maxAccountShare: 1.1', 'minAccounts: -1', 'minAccounts: 2.5'])(
    'refuses the guard %s',
    (limit) => {
      expect(() => parse(policyWith('rules: {}', `rules: {}\n    guard: { maxShare: 1, ${limit} }`))).toThrow(
        limit.split(':')[0] ?? '',
      );
    },
  );

  test('may omit keys that no code needs, and may describe the data subjects in any words', () => {
    const bare = POLICY.replaceAll(/^ {4}(?:title|fields|dataSubjects|purpose|legalBasis):.*\n/gm, '');
    expect(bare).not.toContain('title');
    const category = parse(bare).categories.get('call-logs');
    expect(category).toMatchObject({ id: 'call-logs', title: 'call-logs' });
    expect(category).not.toHaveProperty('purpose');
    const free = parse(policyWith('dataSubjects: participants', 'dataSubjects: patients of the clinic'));
    expect(free.categories.get('call-logs')?.dataSubjects).toBe('patients of the clinic');
  });

  test('may use anchors and aliases', () => {
    const text = policyWith('purpose: Billing.', 'purpose: *why').replace(
      'purpose: Troubleshooting.',
      'purpose: &why Quality.',
    );
    expect(parse(text).categories.get('settings')?.purpose).toBe('Quality.');
  });

  test('is read from a file with Windows line ends and a byte order mark', () => {
    const text = `\uFEFF${POLICY.replaceAll('\n', '\r\n')}`;
    expect(parse(text).version).toBe(parse(POLICY).version);
  });

  test('has the same errors in every year', () => {
    const text = policyWith('rate(1 hour)', 'cron(0 3 1/3 * ? *)\n    timeZone: Europe/Berlin');
    const [past, future] = [1971, 2150].map((year) => {
      vi.setSystemTime(Date.UTC(year, 5, 1));
      return errorOf(text).message;
    });
    expect(past).toBe(future);
  });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the version of a policy', () => {
  const version = parse(POLICY).version;

  test('is a hash of the content', () => {
    expect(version).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test.each([
    ['a comment', `# agreed with legal\n${POLICY}`],
    ['the layout', policyWith('fields: [room, volume]', 'fields:\n      - room\n      - "volume"')],
    ['the order of keys', `${POLICY.replace('mode: observe\n', '')}mode: observe\n`],
  ])('does not change with %s', (_, text) => {
    expect(parse(text).version).toBe(version);
  });

  test.each([
    ['the mode', policyWith('mode: observe', 'mode: enforce')],
    ['a duration', policyWith('P14D', 'P13D')],
    ['the order of a list', policyWith('[room, volume]', '[volume, room]')],
    ['a quote', policyWith('Stored for 14 days.', 'Stored for 14 Days.')],
  ])('changes with %s', (_, text) => {
    expect(parse(text).version).not.toBe(version);
  });
});

describe('the error of an invalid policy', () => {
  test('lists all problems at once, in the order of the file', () => {
    const text = policyWith('mode: observe', 'mode: on')
      .replace('P1095D', 'P3Y')
      .replace('title: Call logs', 'title: 007')
      .replace('rate(15 minutes)', 'rate(15 minute)');
    const error = errorOf(text);
    expect(error.problems.map(({ line, path }) => `${line} ${path}`)).toEqual([
      '1 mode',
      '5 reports.maxAge',
      '8 categories.call-logs.title',
      '23 categories.call-logs.schedule',
    ]);
    expect(error.message.split('\n')).toHaveLength(4);
  });

  test('reports an overlap although another category is broken', () => {
    const third = POLICY.slice(POLICY.indexOf('  settings:'))
      .replace('  settings:', '  broken:')
      .replace('title', 'titel');
    const error = errorOf(policyWith('[settings-*]', '[call-*]') + third);
    expect(error.problems.map(({ path }) => path)).toContain('categories.settings.indices[0]');
    expect(error.problems.map(({ path }) => path)).toContain('categories.broken.titel');
  });

  test('has file, line, path, expected, found and the fix in one line', () => {
    expect(errorOf(policyWith('mode: observe', 'mode: observ')).message).toBe(
      'policy.yml:1: mode: expected observe or enforce, found observ. Write observe, if that is meant (observe does everything except destroying data; enforce keeps the promises).',
    );
  });

  test.each([
    ['something wrong in it', 'quote: Stored for 14 days.', 'quote: " "', '14 categories.call-logs.promise.quote'],
    ['something missing in it', '      source: Privacy policy\n', '', '13 categories.call-logs.promise.source'],
    ['a slip in a key', 'source: Privacy', 'sauce: Privacy', '15 categories.call-logs.promise.sauce'],
  ])('reports a fault in an anchor once, however many aliases refer to it: %s', (_, found, replacement, place) => {
    const quoted = policyWith('    promise:\n', '    promise: &promise\n').replace(
      /promise: \{.*\}/,
      'promise: *promise',
    );
    expect(() => parse(quoted)).not.toThrow();
    const { problems, message } = errorOf(quoted.replace(found, replacement));
    expect(problems.map(({ line, path }) => `${line} ${path}`)).toContain(place);
    for (const problem of problems) expect(problem.alsoAt).toEqual([problem.path.replace('call-logs', 'settings')]);
    expect(message.split('\n')).toHaveLength(problems.length);
    expect(message).toContain(`${problems[0]?.path} (and in 1 more place): expected `);
  });

  test('reports a fault in an anchor of a list once', () => {
    const text = policyWith('rules: {}', 'rules: {}\n    interpretations: [*reading, *reading]').replace(
      '    schedule: rate(15',
      '    interpretations:\n      - &reading\n        reading: So.\n        decidedBy: Us\n    schedule: rate(15',
    );
    const { problems } = errorOf(text);
    expect(problems).toMatchObject([
      {
        line: 25,
        path: 'categories.call-logs.interpretations[0].decidedOn',
        alsoAt: [0, 1].map((n) => `categories.settings.interpretations[${n}].decidedOn`),
      },
    ]);
  });

  test('lists ten problems, and counts the rest', () => {
    const { problems, message } = errorOf(`${POLICY}${Array.from({ length: 12 }, (_, n) => `key${n}: 1\n`).join('')}`);
    expect(problems).toHaveLength(12);
    const lines = message.split('\n');
    expect(lines).toHaveLength(11);
    expect(lines.at(-1)).toBe('… and 2 more. Fix these first: some of the others may follow from them.');
  });

  test('names the line and the column of an element of a list', () => {
    const [problem] = errorOf(policyWith('[call-log-*]', '[call-log-*, "*"]')).problems;
    expect(problem).toMatchObject({
      file: 'policy.yml',
      line: 17,
      column: 27,
      path: 'categories.call-logs.indices[1]',
    });
  });
});

function errorOf(text: string): PolicyError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof PolicyError) return error;
    throw error;
  }
  throw new Error('the policy was read');
}
