import { describe, expect, test } from 'vitest';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import { EXAMPLE_POLICY } from '../../support/policy/example-policy.ts';
import { POLICY, policyWith } from '../../support/policy/policy-text.ts';

const refusal = (text: string) => () => parseRetentionPolicy(text, 'policy.yml');

describe('an ignored index', () => {
  const ignoring = (pattern: string) =>
    policyWith('categories:', `ignoredIndices: [billing-*, ${pattern}]\ncategories:`);

  test.each([
    [
      'that a category claims',
      'call-log-old',
      /ignoredIndices\[1\]: expected a pattern that cannot match an index of call-logs, found call-log-old/,
    ],
    ['with a pattern that a category claims in part', 'call-*', /cannot match an index of call-logs/],
    ['with a pattern that ends like one', '"*-old"', /cannot match an index of call-logs/],
    ['that is all of them', '"*"', /cannot match all indices/],
    ['with a comma', '"a,b"', /one pattern per list entry/],
    ['in upper case', 'Billing', /lower case/],
    ['without a name', '""', /cannot match all indices, found an empty text/],
  ])('%s is refused', (_, pattern, message) => {
    expect(refusal(ignoring(pattern))).toThrow(message);
  });

  test.each(['call-recordings', '.fs-call-*', 'calls'])('that no category claims is accepted: %s', (pattern) => {
    expect(parseRetentionPolicy(ignoring(pattern), 'policy.yml').ignoredIndices).toEqual(['billing-*', pattern]);
  });
});

test('a text with half of a surrogate pair is refused: no receipt could quote it', () => {
  const text = policyWith('Troubleshooting.', '"Troubleshooting \\ud83d."');
  expect(refusal(text)).toThrow(/purpose: expected text without half of a surrogate pair/);
});

describe('an entry of webhook.cloudEvents', () => {
  const taking = (...events: readonly string[]) =>
    policyWith('categories:', `webhook: { cloudEvents: [${events.join(', ')}] }\ncategories:`);
  const EVENT = '{ source: /accounts, type: com.example.gone, means: account.deleted }';

  test('is read with its source, its type and its meaning', () => {
    expect(parseRetentionPolicy(taking(EVENT), 'policy.yml').webhook.cloudEvents).toEqual([
      { source: '/accounts', type: 'com.example.gone', means: 'account.deleted' },
    ]);
    expect(parseRetentionPolicy(POLICY, 'policy.yml').webhook.cloudEvents).toEqual([]);
  });

  test.each([
    ['without a source', [EVENT.replace('source: /accounts, ', '')], /webhook\.cloudEvents\[0\]\.source: expected/],
    ['without a type', [EVENT.replace('type: com.example.gone, ', '')], /webhook\.cloudEvents\[0\]\.type: expected/],
    [
      'without a meaning',
      [EVENT.replace(', means: account.deleted', '')],
      /webhook\.cloudEvents\[0\]\.means: expected/,
    ],
    [
      'with another meaning',
      [EVENT.replace('account.deleted', 'account-deleted')],
      /cloudEvents\[0\]\.means: .*account\.deleted/,
    ],
    [
      'with two meanings',
      [EVENT, EVENT.replace('deleted', 'reinstated')],
      /cloudEvents\[1\]: expected each pair of source and type only once/,
    ],
    ['with a key that is not read', [EVENT.replace('means', 'id: 1, means')], /cloudEvents\[0\]\.id/],
  ])('%s is refused', (_, events, message) => {
    expect(refusal(taking(...events))).toThrow(message);
  });
});

/** The policy with decisions which date counts in such indices. */
const deciding = (...indices: readonly string[]): string => {
  const rest = 'date: timestamp, reason: Reindexed., decidedBy: Officer, decidedOn: 2026-11-28';
  const decisions = indices.map((index) => `{ indices: ['${index}'], ${rest} }`);
  return policyWith('indices: [call-log-*]', `indices: [call-log-*]\n    dateDecisions: [${decisions.join(', ')}]`);
};

test('a policy with a hundred categories that repeat their texts by aliases is read', () => {
  const [logs = ''] = /^ {2}backend-logs:\n.*?(?=^ {2}[a-z-]+:\n)/ms.exec(EXAMPLE_POLICY) ?? [];
  const more = Array.from({ length: 100 }, (_, at) =>
    logs.replace('  backend-logs:', `  logs-${at}:`).replace('trtc-backend-log-', `trtc-other-${at}-`),
  );
  expect(logs).toContain('*');
  expect(parseRetentionPolicy(`${EXAMPLE_POLICY}\n${more.join('')}`, 'policy.yml').categories.size).toBe(104);
}, 20_000);

describe('misleading YAML', () => {
  test.each([
    ['a list that is not closed', `${POLICY}notes: [`, /policy\.yml:35.*expected well-formed YAML/],
    ['indentation with tabs', policyWith('  index:', '\tindex:'), /policy\.yml:4: .*[Tt]abs/],
    ['a second document', `${POLICY}---\nmode: observe\n`, /policy\.yml:35: expected one document/],
    ['a custom tag', policyWith('observe', '!env MODE'), /policy\.yml:1: .*Remove the tag/],
    [
      'an alias without an anchor, where it stands',
      policyWith('Billing.', '*why'),
      /^policy\.yml:28: expected an anchor &why before \*why, found none\. Define &why before it, or put it in quotes, if a pattern is meant: '\*why'\.$/,
    ],
    [
      'a pattern that is a star alone, without quotes',
      policyWith('[call-log-*]', '[*]'),
      /^policy\.yml:17: expected the name of an anchor after \*, found none\. Put it in quotes, if a pattern is meant: '\*'\.$/,
    ],
    [
      'a pattern that begins with a star, without quotes',
      policyWith('[call-log-*]', '[*-log]'),
      /^policy\.yml:17: expected an anchor &-log .* or put it in quotes, if a pattern is meant: '\*-log'\.$/,
    ],
    [
      'a misspelt alias, with the nearest anchor before it',
      policyWith('Troubleshooting.', '&reason Quality.').replace('Billing.', '*raeson'),
      /^policy\.yml:28: expected an anchor &raeson .* Write \*reason, if that is meant, or define &raeson before it\.$/,
    ],
    [
      'an alias before its anchor',
      policyWith('Troubleshooting.', '*why').replace('Billing.', '&why B.'),
      /:11: .*&why/,
    ],
    [
      'an alias inside its own anchor',
      policyWith('[room, volume]', '&all [room, *all]'),
      /a &name that contains its own/,
    ],
    [
      'maps in one another without end',
      `${'{a: '.repeat(20_000)}1${'}'.repeat(20_000)}`,
      /:1: expected at most 50 levels of nested maps and lists/,
    ],
    [
      'lists in one another without end',
      `${'- '.repeat(20_000)}a`,
      /:1: expected at most 50 levels of nested maps and lists/,
    ],
    [
      'brackets that are never closed',
      `fields: ${'['.repeat(20_000)}`,
      /:1: expected at most 50 levels of nested maps and lists/,
    ],
    [
      'keys in one another without end',
      `${'? '.repeat(20_000)}a`,
      /:1: expected at most 50 levels of nested maps and lists/,
    ],
    [
      'aliases of aliases of aliases, which grow without end',
      policyWith(
        'fields: [name]',
        `fields: &f0 [name]\n${[1, 2, 3, 4, 5, 6].map((n) => `    f${n}: &f${n} [${Array(9).fill(`*f${n - 1}`)}]`).join('\n')}`,
      ),
      /at most 100,000 values, when each \*name is replaced by its value, found \d.*Do not use an anchor inside itself, and use anchors fewer times/,
    ],
    [
      'a duplicate key',
      policyWith('    rules: {}', '    title: Again\n    rules: {}'),
      /:33: categories\.settings\.title: expected every key once/,
    ],
    [
      'a duplicate category',
      POLICY.replace('  settings:', '  call-logs:'),
      /:24: categories\.call-logs: expected every key once/,
    ],
    ['a category that JavaScript drops', policyWith('  settings:', '  __proto__:'), /:24: categories\.__proto__: /],
    [
      'an octal number',
      policyWith('rules: {}', 'rules: {}\n    guard: { maxShare: 0o1 }'),
      /plain decimal number, found 0o1/,
    ],
    [
      'an exponent',
      policyWith('rules: {}', 'rules: {}\n    guard: { maxShare: 5e-1 }'),
      /plain decimal number, found 5e-1\. Write 0\.5/,
    ],
    [
      'infinity',
      policyWith('rules: {}', 'rules: {}\n    guard: { maxShare: .inf }'),
      /plain decimal number, found \.inf/,
    ],
    ['an empty file', '', /policy\.yml:1: expected a map of keys and values, found nothing/],
    ['a file of comments', '# nothing yet\n', /found nothing/],
    [
      'a list',
      '- mode: observe\n',
      /policy\.yml:1: expected a map of keys and values, found a list. Start from the retention-policy.yml/,
    ],
  ])('is refused, such as %s', (_, text, message) => {
    expect(refusal(text)).toThrow(message);
  });
});

describe('a wrong shape', () => {
  test.each([
    [
      'an unknown key',
      policyWith('purpose: Billing.', 'purpos: Billing.'),
      /:28: categories\.settings\.purpos: .*Write purpose/,
    ],
    ['an unknown key near the top', policyWith('mode:', 'modus:'), /:1: modus: .*Write mode/],
    [
      'a missing key',
      policyWith('    records: current-state\n', ''),
      /:24: categories\.settings\.records: expected dated or current-state, found nothing\. Add records/,
    ],
    ['a key of nobody', `${POLICY}retention: 14\n`, /:35: retention: expected one of the keys mode, .*Remove the key/],
    [
      'a rule that does not exist',
      policyWith('rules: {}', 'rules: { deletion: {} }'),
      /rules\.deletion: expected one of the keys age, termination/,
    ],
    [
      'mode: enforced',
      policyWith('mode: observe', 'mode: enforced'),
      /:1: mode: expected observe or enforce, found enforced\. Write enforce, if that is meant \(observe does/,
    ],
    ['mode: on', policyWith('mode: observe', 'mode: on'), /:1: mode: expected observe or enforce, found on/],
    [
      'mode: false',
      policyWith('mode: observe', 'mode: false'),
      /mode: expected observe or enforce, found the boolean false/,
    ],
    [
      'a number for a text',
      policyWith('title: Settings', 'title: 42'),
      /expected text, found the number 42\. Put it in quotes/,
    ],
    [
      'a number for a duration: in what form it is written',
      policyWith('categories:', 'backups: 30\ncategories:'),
      /:6: backups: expected text such as P30D, found the number 30\. Write it in the form of P30D \(/,
    ],
    [
      'a missing duration: in what form it is written',
      policyWith('        allowedLateness: PT1H\n', ''),
      /allowedLateness: expected text such as PT1H, found nothing\. Add allowedLateness \(/,
    ],
    [
      'a number for a pattern',
      policyWith('indices: [settings-*]', 'indices: [42]'),
      /indices\[0\]: expected text such as trtc-sdk-log-\*, found the number 42\. Write it in the form/,
    ],
    [
      'an empty text',
      policyWith('title: Settings', 'title: " "'),
      /expected text that is not empty, found an empty text/,
    ],
    ['a text for a list', policyWith('fields: [name]', 'fields: name'), /:26: .*expected a list, found name/],
    ['an empty list', policyWith('fields: [name]', 'fields: []'), /expected at least one entry/],
    ['no index pattern', policyWith('indices: [settings-*]', 'indices: []'), /expected at least one entry/],
    [
      'no category',
      `${POLICY.slice(0, POLICY.indexOf('categories:'))}categories: {}\n`,
      /:6: categories: expected at least one category/,
    ],
    [
      'an empty category',
      policyWith('  settings:\n', '  nothing:\n  settings:\n'),
      /:24: categories\.nothing: expected a map/,
    ],
    [
      'an id that is not kebab-case',
      policyWith('  settings:', '  Settings_A:'),
      /:24: categories\.Settings_A: expected an id in kebab-case/,
    ],
    ['an id that is a number', policyWith('  settings:', '  42:'), /:24: categories\.42: expected an id in kebab-case/],
    [
      'a date that does not exist',
      policyWith('2023-09-08', '2023-02-29'),
      /sourceDate: expected a calendar date such as 2023-09-08, found 2023-02-29/,
    ],
    ['a date in local order', policyWith('2023-09-08', '08.09.2023'), /expected a calendar date/],
    [
      'earliest without a zone',
      policyWith('2015-01-01T00:00:00Z', '2015-01-01'),
      /:2: earliest: expected an ISO 8601 instant with its zone/,
    ],
    [
      'an empty field path',
      policyWith('rules: {}', "rules: {}\n    accountField: ''"),
      /accountField: expected the path of one field/,
    ],
    [
      'a field path with a wildcard',
      policyWith('rules: {}', "rules: {}\n    accountField: 'user.*'"),
      /accountField: expected the path of one field/,
    ],
    [
      'a share of nothing',
      policyWith('rules: {}', 'rules: {}\n    guard: { maxShare: 0 }'),
      /expected a number above 0/,
    ],
    [
      'not one termination an hour',
      policyWith('rules: {}', 'rules: {}').replace(/^/, 'terminations: { maxPerHour: 0 }\n'),
      /maxPerHour: expected a number of at least 1, found/,
    ],
    [
      'a share beyond all',
      policyWith('rules: {}', 'rules: {}\n    guard: { maxShare: 50 }'),
      /expected a number of at most 1/,
    ],
    [
      'an offset for a zone',
      policyWith('rules: {}', "rules: {}\n    timeZone: '+02:00'"),
      /timeZone: expected an IANA time zone/,
    ],
  ])('is refused, such as %s', (_, text, message) => {
    expect(refusal(text)).toThrow(message);
  });
});

describe('a rule', () => {
  const terminating = ({ triggers = '[account-deleted]', cancelWindow = 'P3D' }) =>
    policyWith(
      'rules: {}',
      `rules: { termination: { triggers: ${triggers}, deadline: P7D, cancelWindow: ${cancelWindow} } }`,
    );
  const everyHour = (expression: string, zone = 'UTC') =>
    policyWith('rate(15 minutes)', `${expression}\n    timeZone: ${zone}`);

  test.each([
    [
      'an earliest in the future, which would make every document undatable',
      policyWith('2015-01-01T00:00:00Z', '2999-01-01T00:00:00Z'),
      /^policy\.yml:2: earliest: expected an instant not later than the oldest promise \(sourceDate 2023-09-08\), found 2999-01-01T00:00:00Z\. /,
    ],
    [
      'an earliest a millisecond after the oldest promise',
      policyWith('2015-01-01T00:00:00Z', '2023-09-08T00:00:00.001Z'),
      /:2: earliest: /,
    ],
    [
      'an earliest after the older of two promises',
      policyWith('2015-01-01T00:00:00Z', '2023-01-01T00:00:00Z').replace('2023-09-08', '2022-12-31'),
      /:2: earliest: .*sourceDate 2022-12-31/,
    ],
    ['no age', policyWith('P14D', 'P0D'), /maxAge: expected .* found P0D/],
    ['no lateness at all', policyWith('PT1H', 'PT0S'), /allowedLateness: .*longer than zero/],
    [
      'a lateness of the whole age',
      policyWith('PT1H', 'P14D'),
      /allowedLateness: expected a duration shorter than maxAge, P14D/,
    ],
    [
      'a lateness in months',
      policyWith('PT1H', 'P1M'),
      /:22: categories\.call-logs\.rules\.age\.allowedLateness: .*vary in length/,
    ],
    ['an age of years and days', policyWith('P14D', 'P1Y10D'), /maxAge: .*counted in two ways/],
    ['an age of no years', policyWith('P14D', 'P0Y'), /maxAge: .*longer than zero/],
    ['an age of more than a century', policyWith('P14D', 'P100Y1M'), /maxAge: .*at most P100Y/],
    ['an age of half a year, as a fraction', policyWith('P14D', 'P0.5Y'), /maxAge: .*whole years and months/],
    ['an age in small letters', policyWith('P14D', 'p2y'), /maxAge: .*in capitals: P2Y/],
    ['an age from another start', policyWith('P14D', 'P2Y\n        from: end-of-week'), /from: expected .*end-of-year/],
    [
      'a lateness of a month beside an age of one',
      policyWith('P14D\n        allowedLateness: PT1H', 'P1M\n        allowedLateness: P28D'),
      /allowedLateness: expected a duration shorter than maxAge, P1M/,
    ],
    [
      'a register that ages',
      policyWith('records: dated', 'records: current-state'),
      /:20: .*rules\.age: expected no age rule for records: current-state/,
    ],
    [
      'runs exactly as far apart as the lateness',
      everyHour('rate(1 hour)'),
      /:23: .*schedule: expected .*less than the allowed lateness of 1 h apart, found rate\(1 hour\)/,
    ],
    [
      'a lateness shorter than the usual schedule, with one that is not',
      policyWith('PT1H', 'PT10M'),
      /Let it run more often, such as rate\(5 minutes\), or allow more lateness/,
    ],
    [
      'a lateness that no schedule keeps',
      policyWith('PT1H', 'PT1M'),
      /less than the allowed lateness of 1 min apart.* Allow more lateness/,
    ],
    [
      'runs that daylight saving spreads',
      everyHour('cron(0/15 * * * ? *)', 'Europe/Berlin'),
      /up to 1 h 15 min apart.*daylight saving/,
    ],
    ['runs on weekdays only', everyHour('cron(0/15 * ? * MON-FRI *)'), /up to 2 d/],
    [
      'runs more than three days apart',
      policyWith('rate(1 hour)', 'rate(4 days)'),
      /never more than 3 d apart, found rate\(4 days\)/,
    ],
    [
      'three days apart, although lateness allows more',
      everyHour('cron(0 3 1/4 * ? *)').replace('PT1H', 'P7D'),
      /never more than 3 d apart.*such as rate\(15 minutes\)\.$/,
    ],
    ['runs that end', policyWith('rate(1 hour)', 'cron(0 * * * ? 2026-2030)'), /which ends, or never runs/],
    ['runs on 31 February', policyWith('rate(1 hour)', 'cron(0 3 31 2 ? *)'), /which ends, or never runs/],
    ['a schedule of another syntax', policyWith('rate(1 hour)', '"0 * * * *"'), /rate\(…\) or cron\(…\)/],
    [
      'a termination rule without triggers',
      terminating({ triggers: '[]' }),
      /termination\.triggers: expected at least one entry/,
    ],
    [
      'a trigger that nobody sends',
      terminating({ triggers: '[account-closed]' }),
      /account-deleted or feature-terminated/,
    ],
    [
      'a window that leaves no time before the deadline',
      terminating({ cancelWindow: 'P6D' }),
      /cancelWindow: expected a window that leaves time .* found P6D, two runs up to 1 h apart, and PT24H for the disk: 7 d 2 h in all/,
    ],
    [
      'a window, two runs and the disk that end exactly at the deadline',
      terminating({ cancelWindow: 'P5DT22H' }),
      /7 d in all/,
    ],
    [
      'a disk that takes longer than the deadline',
      terminating({}).replace('rules: { t', 'physical: { within: P7D }\n    rules: { t'),
      /and P7D for the disk/,
    ],
    [
      'one field for time and arrival',
      policyWith('rules: {}', "rules: {}\n    ingestedField: '@timestamp'"),
      /:34: .*ingestedField: expected another field than timestampField/,
    ],
    ...[
      ['accountField', "'@timestamp'", 'timestampField'],
      ['accountField', 'event.ingested', 'ingestedField'],
      ['applicationField', "'@timestamp'", 'timestampField'],
      ['applicationField', 'uin', 'accountField'],
    ].map(([key, name, same]): [string, string, RegExp] => [
      `one field, ${name}, as ${key} and ${same}`,
      policyWith('rules: {}', `rules: {}\n    ${key}: ${name}`),
      new RegExp(`${key}: expected another field than ${same}`),
    ]),
    ...['timestampField', 'ingestedField', 'accountField', 'applicationField'].flatMap((key) =>
      ['_id', '_source.uin', '_ignored'].map((name): [string, string, RegExp] => [
        `${name}, which is no field of documents, as ${key}`,
        policyWith('rules: {}', `rules: {}\n    ${key}: ${name}`),
        new RegExp(`${key}: expected the path of one field of documents, .*begin with one _`),
      ]),
    ),
    [
      'a decision about dates of an index of another category',
      deciding('settings-1'),
      /call-logs\.dateDecisions\[0\]\.indices\[0\]: expected indices of call-logs: call-log-\*, found settings-1/,
    ],
    [
      'two decisions about dates of one index',
      deciding('call-log-1*', 'call-log-*9'),
      /dateDecisions\[1\]\.indices\[0\]: expected one decision for each index, found call-log-\*9/,
    ],
  ])('is refused if it is impossible: %s', (_, text, message) => {
    expect(refusal(text)).toThrow(message);
  });

  test.each([
    ['two decisions about dates of different indices', deciding('call-log-1*', 'call-log-2*')],
    ['an earliest at the oldest promise', policyWith('2015-01-01T00:00:00Z', '2023-09-08T00:00:00Z')],
    ['a second shorter than the lateness', policyWith('PT1H', 'PT15M1S')],
    ['a termination window that just leaves time', terminating({ cancelWindow: 'P5DT21H59M59S' })],
    ['no termination window', terminating({ cancelWindow: 'PT0S' })],
    ['just three days', policyWith('rate(1 hour)', 'rate(3 days)')],
    ['daylight saving within the lateness', everyHour('cron(0/15 * * * ? *)', 'Europe/Berlin').replace('PT1H', 'PT2H')],
  ])('is accepted if it is possible: %s', (_, text) => {
    expect(refusal(text)).not.toThrow();
  });
});

describe('half of a surrogate pair, which has no canonical form', () => {
  const decision = 'date: later, reason: a, decidedBy: b, decidedOn: 2026-01-01';

  test.each([
    ['a field', policyWith('rules: {}', 'rules: {}\n    accountField: "a\\ud800"')],
    ['the name of an index', policyWith('[settings-*]', '["settings-\\ud800*"]')],
    ['the name of an index to ignore', `${POLICY}ignoredIndices: ["other-\\ud800"]\n`],
    [
      'a decision about dates',
      policyWith('rules: {}', `rules: {}\n    dateDecisions: [{ indices: ["settings-\\ud800"], ${decision} }]`),
    ],
  ])('is refused in %s', (_, text) => {
    expect(() => parseRetentionPolicy(text, 'policy.yml')).toThrow(/text without half of a surrogate pair/);
  });
});

describe('the application field', () => {
  const termination = (more = '') =>
    `rules: { termination: { triggers: [feature-terminated], deadline: P7D, cancelWindow: P3D } }${more}`;
  const both = (first: string, second: string): string =>
    policyWith('rules:\n      age:\n        maxAge: P14D\n        allowedLateness: PT1H', termination(first)).replace(
      'rules: {}',
      termination(second),
    );
  const FIELD = '\n    applicationField: app';

  test('may be in all categories with the trigger feature-terminated, or in none', () => {
    expect(() => parseRetentionPolicy(both('', ''), 'policy.yml')).not.toThrow();
    expect(() => parseRetentionPolicy(both(FIELD, FIELD), 'policy.yml')).not.toThrow();
    expect(() => parseRetentionPolicy(policyWith('rules: {}', `rules: {}${FIELD}`), 'policy.yml')).not.toThrow();
  });

  test.each([
    ['settings', 'call-logs', both(FIELD, '')],
    ['call-logs', 'settings', both('', FIELD)],
  ])('is required in %s if %s has it', (without, other, text) => {
    expect(refusal(text)).toThrow(
      new RegExp(
        `categories\\.${without}: expected an applicationField, as ${other} has: .*found none\\. Name the field`,
      ),
    );
  });
});
