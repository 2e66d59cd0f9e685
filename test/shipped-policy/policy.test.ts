import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseRetentionPolicy } from '../../lib/policy/parsing/parse-retention-policy.ts';

const text = readFileSync(new URL('../../retention-policy.yml', import.meta.url), 'utf8');
const policy = parseRetentionPolicy(text, 'retention-policy.yml');
const category = (id: string) => policy.categories.get(id);
const aged = [...policy.categories.values()].filter(({ id }) => id !== 'console-configuration');

const CONTRACT =
  'We process this information as it’s necessary for us to perform our contract with you to provide the Feature.';
const FUNCTION = 'We use this information to ensure the Feature functions as required, and for troubleshooting.';

/** The rows of the privacy policy's two tables, in its own words. */
const ROWS = {
  'console-configuration': {
    title: 'Console Configuration Data',
    fields:
      'TRTC application ID, application name, whether recording is open, whether the bypass function is enabled or not, selected billing method',
    purpose: 'We use this information to determine your use of the Feature, for billing purposes.',
    quote:
      'We retain such data for as long as you use the Feature. When your use of the Feature is terminated or when your account is deleted, we will delete this data within 7 days.',
    dataSubjects: 'customer',
    indices: ['trtc-console-configuration-*'],
  },
  'backend-logs': {
    title: 'Backend Log Data',
    fields:
      'User ID relating to any participants of the live streaming event, room number, client IP relating to any participants of the live streaming event, client SDK version, OS type relating to any participants of the live streaming event',
    purpose: FUNCTION,
    quote: 'Stored for 14 days.',
    dataSubjects: 'participants',
    indices: ['trtc-backend-log-*'],
  },
  'dashboard-information': {
    title: 'Dashboard Information',
    fields:
      "end user's APPID, data regarding functions controlled by the end-user (enable video, disable video, enable audio, disable audio), enter room, leave room, room ID, mute function, CPU usage, memory usage, network latency, packet loss, resolution, bitrate, frame rate, volume",
    purpose: FUNCTION,
    quote: 'Stored for 14 days.',
    dataSubjects: 'participants',
    indices: ['trtc-dashboard-*'],
  },
  'sdk-logs': {
    title: 'SDK Log Data (of end user)',
    fields: 'User ID, room number, client SDK version number, OS type of the TRTC room',
    purpose: FUNCTION,
    quote: 'Stored for 14 days.',
    dataSubjects: 'participants',
    indices: ['trtc-sdk-log-*'],
  },
  uins: {
    title: 'UIN',
    fields: 'UIN',
    purpose: 'We use this information to identify your usage of the Feature.',
    quote: 'Stored for 14 days.',
    dataSubjects: 'customer',
    indices: ['trtc-uin-*'],
  },
  'sdk-appids': {
    title: 'SDK APPID',
    fields: 'SDK APPID (created with your UIN for different applications)',
    purpose: 'We use this information to identify the usage of your applications as part of the Feature.',
    quote: 'Stored for 14 days.',
    dataSubjects: 'customer',
    indices: ['trtc-sdk-appid-*'],
  },
  'troubleshooting-data': {
    title: 'Troubleshooting Data',
    fields:
      "End user's APPID, data regarding functions controlled by the end-user (enable video, disable video, enable audio, disable audio), enter room, leave room, mute function, room ID, CPU usage, memory usage, network latency, packet loss, resolution, bitrate, frame rate, volume",
    purpose: 'We use this information to detect and locate problems experienced by end users, for troubleshooting.',
    quote: 'Stored for 14 days.',
    dataSubjects: 'participants',
    indices: ['trtc-troubleshooting-*'],
  },
};

describe('the shipped policy', () => {
  test('is in observe mode', () => {
    expect(policy.mode).toBe('observe');
  });

  test("has the privacy policy's seven categories, in its order", () => {
    expect([...policy.categories.keys()]).toEqual(Object.keys(ROWS));
  });

  test.each(Object.entries(ROWS))('quotes the row of %s word for word', (id, row) => {
    const { title, fields = [], purpose, promise, dataSubjects, indices, legalBasis } = category(id) ?? {};
    expect({ title, fields: fields.join(', '), purpose, quote: promise?.quote, dataSubjects, indices }).toEqual(row);
    expect(legalBasis).toBe(CONTRACT);
    expect(promise).toMatchObject({
      source: 'Tencent Real-Time Communication privacy policy module',
      sourceDate: '2023-09-08',
    });
  });

  test.each(aged.map(({ id }) => id))('keeps %s for 14 days and allows an hour of lateness', (id) => {
    const { rules, records, schedule } = category(id) ?? {};
    expect(rules?.age).toEqual({
      maxAge: { iso: 'P14D', milliseconds: 1_209_600_000 },
      allowedLateness: { iso: 'PT1H', milliseconds: 3_600_000 },
    });
    expect(records).toBe('dated');
    expect(schedule).toEqual({ expression: 'rate(15 minutes)', timeZone: 'UTC' });
  });

  test('has no age rule for console configuration, but erases it after terminations', () => {
    const { rules, records, physical } = category('console-configuration') ?? {};
    expect(records).toBe('current-state');
    expect(rules).toEqual({
      termination: {
        triggers: ['feature-terminated', 'account-deleted'],
        deadline: { iso: 'P7D', milliseconds: 604_800_000 },
        cancelWindow: { iso: 'P3D', milliseconds: 259_200_000 },
      },
    });
    expect(physical?.within.iso).toBe('PT24H');
  });

  test('has no termination rule for any other category', () => {
    for (const { rules } of aged) expect(rules).not.toHaveProperty('termination');
  });

  test('lets snapshots keep erased data for 30 days', () => {
    expect(policy.backups.iso).toBe('P30D');
  });

  test('uses the field names of the service for dates and accounts', () => {
    for (const each of policy.categories.values()) {
      expect(each).toMatchObject({ timestampField: '@timestamp', accountField: 'uin', applicationField: 'sdkAppId' });
      expect(each.ingestedField).toBe('event.ingested');
    }
  });

  test('notes that the five rows with empty cells were read as one merged cell', () => {
    const merged = [...policy.categories.values()].filter(({ interpretations }) =>
      interpretations.some(({ reading }) => reading.includes('merged cell')),
    );
    expect(merged.map(({ id }) => id)).toEqual(Object.keys(ROWS).slice(2));
  });

  const readingsOf = (id: string): string =>
    (category(id)?.interpretations ?? []).map(({ reading }) => reading).join('\n');

  test.each([
    ['how lateness was read', /up to one hour later counts as kept, anything beyond as overdue/],
    [
      'that the later of two dates counts',
      /14 times 24 hours from the later of two dates: .* of its arrival, where it has both/,
    ],
    ['that a coarse date counts to its end', /A date that names a month or a day counts to its end/],
  ])('says %s in every age rule', (_, reading) => {
    for (const { id } of aged) expect(readingsOf(id)).toMatch(reading);
  });

  test.each([
    ['from when the seven days count', /counts from the instant at which the account system says .* 7 times 24 hours/],
    ['that nothing is erased in the first three days', /Nothing is erased in the first 3 days/],
    [
      'that a braked erasure waits while its deadline runs on',
      /beyond the limits .* waits for a person.* the seven days run on/,
    ],
    ['what a new use is', /any date later than it \(of the event or of its ingestion, also one in the future\)/],
    ['that nothing stays of a deleted account', /After the deletion of the account nothing stays/],
  ])('says %s in every termination rule', (_, reading) => {
    expect(readingsOf('console-configuration')).toMatch(reading);
  });

  test.each(['uins', 'sdk-appids'])('says that %s are dated records of usage', (id) => {
    const readings = category(id)?.interpretations.map(({ reading }) => reading);
    expect(readings?.at(-1)).toMatch(/dated records of usage .* not the register/);
  });

  test('names who decided every interpretation, and asks for confirmation', () => {
    const all = [...policy.categories.values()].flatMap(({ interpretations }) => interpretations);
    expect(all).not.toHaveLength(0);
    for (const { decidedBy, decidedOn } of all) {
      expect(decidedBy).toBe('es-retention founders (confirm with your privacy officer)');
      // The day on which it was last read otherwise.
      expect(['2026-11-24', '2026-11-28']).toContain(decidedOn);
    }
  });

  test('names its schema for editors in the first line', () => {
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./retention-policy.schema.json');
  });
});
