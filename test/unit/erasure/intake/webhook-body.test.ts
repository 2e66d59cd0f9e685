import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { AccountEvent } from '../../../../lib/erasure/events/account-event.ts';
import { refuseDuplicateKeys } from '../../../../lib/erasure/intake/duplicate-keys.ts';
import { eventFromWebhook, type WebhookTerms } from '../../../../lib/erasure/intake/webhook-body.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { anyValue, BOUNDS, termination } from '../../../support/erasure/arbitrary-termination.ts';
import { outcomesOf, thrownBy } from '../../../support/erasure/refusals.ts';
import fc from '../../../support/run/fast-check.ts';

const DATA = { uin: '100001', terminatedAt: '2026-11-24T08:00:00Z' };
const STANDARD = { type: 'account.deleted', timestamp: '2026-11-24T08:30:00Z', data: DATA };
const CLOUD_EVENT = {
  specversion: '1.0',
  id: '42',
  source: '/accounts',
  type: 'com.example.account.deleted',
  time: '2026-11-24T08:30:00Z',
  datacontenttype: 'application/json',
  data: DATA,
};

const KEYS = ['uin', 'sdkAppId', 'terminatedAt', 'reinstatedAt', 'immediate', '__proto__'];

const TERMS: WebhookTerms = {
  bounds: BOUNDS,
  cloudEvents: (['account.deleted', 'feature.terminated', 'account.reinstated'] as const).flatMap((means) => [
    { source: '/accounts', type: means, means },
    { source: '/accounts', type: `com.example.${means}`, means },
  ]),
};

const readBytes = (body: Uint8Array) => {
  const event = eventFromWebhook('msg_1', body, TERMS);
  if (event === undefined) throw new Error('a ping');
  return event;
};
const readText = (body: string) => readBytes(Buffer.from(body));
const read = (body: unknown) => readText(JSON.stringify(body));

describe.each([
  ['a Standard Webhook', STANDARD, 'timestamp'],
  ['a CloudEvent', CLOUD_EVENT, 'time'],
] as const)('%s', (_, envelope, occurredAt) => {
  const withData = (changes: object, type = 'account.deleted') => ({
    ...envelope,
    type,
    data: { ...DATA, ...changes },
  });

  test('is read, and has its webhook-id as request id', () => {
    expect(read(envelope)).toEqual({
      requestId: 'msg_1',
      type: 'account-deleted',
      subject: { uin: '100001' },
      at: Date.parse('2026-11-24T08:00:00Z'),
      immediate: false,
    });
  });

  test('can terminate one application at once', () => {
    expect(read(withData({ sdkAppId: '14', immediate: true }, 'feature.terminated'))).toMatchObject({
      type: 'feature-terminated',
      subject: { uin: '100001', sdkAppId: '14' },
      immediate: true,
    });
  });

  test('can reinstate an account', () => {
    const data = { uin: '100001', reinstatedAt: '2026-11-24T08:10:00Z' };
    expect(read({ ...envelope, type: 'account.reinstated', data })).toMatchObject({
      type: 'account-reinstated',
      at: Date.parse('2026-11-24T08:10:00Z'),
    });
  });

  test("takes effect at the envelope's instant if the data has none", () => {
    const body = { ...envelope, data: { uin: '100001' } };
    expect(read(body).at).toBe(Date.parse('2026-11-24T08:30:00Z'));
    expect(() => read({ ...body, [occurredAt]: 'yesterday' })).toThrow(expect.objectContaining({ field: occurredAt }));
    expect(() => read({ ...body, [occurredAt]: undefined })).toThrow(
      expect.objectContaining({ field: 'data.terminatedAt', message: expect.stringContaining('found nothing') }),
    );
  });

  test("is refused if the data's instant is wrong, even with an instant in the envelope", () => {
    expect(() => read(withData({ terminatedAt: null }))).toThrow(
      expect.objectContaining({ field: 'data.terminatedAt', message: expect.stringContaining('found null') }),
    );
  });

  test.each([
    ['an account as a number', withData({ uin: 100001 }), 'data.uin'],
    ['an application of a deleted account', withData({ sdkAppId: '14' }), 'data.sdkAppId'],
    ['the wrong instant for its type', withData({ reinstatedAt: DATA.terminatedAt }), 'data.reinstatedAt'],
    ['an immediate reinstatement', withData({ immediate: true }, 'account.reinstated'), 'data.terminatedAt'],
    ['a misspelt application', withData({ sdkappid: '14' }, 'feature.terminated'), 'data.sdkappid'],
    ['a key that could be an account', withData({ 100001: true }), 'data'],
    ['a poisoned prototype', { ...envelope, data: JSON.parse('{"__proto__": {"uin": "1"}}') }, 'data'],
    ['an application beside the data', { ...withData({}, 'feature.terminated'), sdkAppId: '14' }, 'sdkAppId'],
    ['no data', { ...envelope, data: undefined }, 'data'],
    ['a list as data', { ...envelope, data: [DATA] }, 'data'],
    ['no type', { ...envelope, type: undefined }, 'type'],
    ['another type', { ...envelope, type: 'account.created' }, 'type'],
    ['a type that only ends alike', { ...envelope, type: 'subaccount.deleted' }, 'type'],
    ['a type that no text can be made of', { ...envelope, type: { toString: 1 } }, 'type'],
  ])('is refused with %s, and the field is named', (__, body, field) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ field }));
  });

  test('is read completely, whatever it contains beyond ASCII', () => {
    expect(read({ ...envelope, note: 'Zürich 東京 🗑️' }).subject.uin).toBe('100001');
  });
});

describe('a Standard Webhook', () => {
  test('is refused if its type has a prefix', () => {
    expect(() => read({ ...STANDARD, type: 'com.example.account.deleted' })).toThrow(
      expect.objectContaining({ code: 'unknown-event', field: 'type' }),
    );
  });

  test.each(['uin', 'terminatedAt', 'reinstatedAt', 'immediate'])('is refused with %s beside its data', (key) => {
    expect(() => read({ ...STANDARD, [key]: '1' })).toThrow(
      expect.objectContaining({ code: 'misplaced-key', field: key }),
    );
  });
});

describe('a CloudEvent', () => {
  test('may have any additional attribute', () => {
    expect(read({ ...CLOUD_EVENT, subject: 'x', traceparent: '00-1', uin: '7', immediate: true })).toMatchObject({
      subject: { uin: '100001' },
      immediate: false,
    });
  });

  test.each([
    ['another source', { source: '/account' }, 'source'],
    ['a source that only begins alike', { source: '/accounts/test' }, 'source'],
    ['a source in another case', { source: '/Accounts' }, 'source'],
    ['a type that is a test', { type: 'test.dryrun.account.deleted' }, 'type'],
    ['a type with another prefix', { type: 'org.example.account.deleted' }, 'type'],
    ['a type with a blank', { type: 'com.example.account.deleted ' }, 'type'],
  ])('is refused if the policy does not name its source and type: %s', (_, changes, field) => {
    expect(() => read({ ...CLOUD_EVENT, ...changes })).toThrow(
      expect.objectContaining({ code: 'unknown-cloud-event', field }),
    );
  });

  test('has the meaning that the policy gives to its type', () => {
    const cloudEvents = [{ source: '/accounts', type: 'x', means: 'feature.terminated' } as const];
    const body = Buffer.from(JSON.stringify({ ...CLOUD_EVENT, type: 'x' }));
    expect(eventFromWebhook('msg_1', body, { bounds: BOUNDS, cloudEvents })?.type).toBe('feature-terminated');
  });

  test('is refused if the policy names no CloudEvents', () => {
    const body = Buffer.from(JSON.stringify(CLOUD_EVENT));
    expect(() => eventFromWebhook('msg_1', body, { bounds: BOUNDS, cloudEvents: [] })).toThrow(
      expect.objectContaining({
        code: 'unknown-cloud-event',
        message: expect.stringContaining('webhook.cloudEvents in the policy'),
      }),
    );
  });

  test.each([
    ['of another version', { specversion: '0.3' }, 'specversion'],
    ['whose version is a number', { specversion: 1 }, 'specversion'],
    ['without an id', { id: undefined }, 'id'],
    ['with an empty source', { source: '' }, 'source'],
  ])('%s is refused', (_, changes, field) => {
    expect(() => read({ ...CLOUD_EVENT, ...changes })).toThrow(
      expect.objectContaining({ code: 'bad-cloud-event', field }),
    );
  });
});

describe('a body', () => {
  test.each([
    ['empty', Buffer.alloc(0)],
    ['not JSON', Buffer.from('uin=100001')],
    ['cut off', Buffer.from('{"type":"account.deleted"')],
    ['not UTF-8', Buffer.from(JSON.stringify({ ...STANDARD, note: 'Zürich' }), 'latin1')],
  ])('that is %s is refused, and not quoted', (_, body) => {
    const error = thrownBy(() => readBytes(body));
    expect(error).toMatchObject({ code: 'not-json', field: 'body' });
    expect(inspect(error)).not.toMatch(/100001|account\.deleted|rich/);
  });

  test.each([
    ['beside the data', '{"type":"account.deleted","data":{"uin":"1"},"type":"account.reinstated"}', 'type'],
    ['in the data', '{"type":"account.deleted","data":{"uin":"1","uin":"2"}}', 'uin'],
    ['written in two ways', '{"type":"account.deleted","data":{"uin":"1","\\u0075in":"2"}}', 'uin'],
    ['with a colon and quotes in its value', '{"data":{"a":"\\":{","a":1}}', 'a'],
    ['deep in what is not read', '{"x":[{"b":{}},{"c":[{"d":1,"e":{},"d":2}]}]}', 'd'],
    ['that is called __proto__', '{"data":{"__proto__":1,"__proto__":2}}', 'body'],
    ['that could be an account', '{"data":{"100001":1,"100001":2}}', 'body'],
    ['that is empty', '{"":1,"":2}', 'body'],
  ])('with a repeated key %s is refused', (_, body, field) => {
    expect(() => readText(body)).toThrow(expect.objectContaining({ code: 'duplicate-key', field }));
    expect(() => readText(body)).not.toThrow(/100001/);
  });

  test('that JSON.stringify wrote has no repeated key', () => {
    fc.assert(fc.property(fc.json(), (json) => void refuseDuplicateKeys(json)));
  });

  test('with the same key in different objects is read', () => {
    const body = `{"type":"account.deleted","x":[{"type":1},{"type":2}],"y":{"data":{}},"data":${JSON.stringify(DATA)}}`;
    expect(readText(body).subject.uin).toBe('100001');
  });

  test('that is a ping has no event', () => {
    const read = (body: unknown) => eventFromWebhook('msg_1', Buffer.from(JSON.stringify(body)), TERMS);
    expect(read({ type: 'webhook.ping' })).toBeUndefined();
    expect(read({ type: 'webhook.ping', timestamp: 'x', data: { uin: 7 } })).toBeUndefined();
    expect(() => read({ ...CLOUD_EVENT, type: 'webhook.ping' })).toThrow();
    expect(() => read({ type: 'x.webhook.ping' })).toThrow();
  });

  test.each(['null', '1', '"account.deleted"', JSON.stringify([STANDARD])])('that is %s is refused', (body) => {
    expect(() => readText(body)).toThrow(expect.objectContaining({ field: 'body' }));
  });

  test('that is nested thousands of levels deep is refused', () => {
    const deep = `${'['.repeat(32_000)}${']'.repeat(32_000)}`;
    expect(() => readText(deep)).toThrow(expect.objectContaining({ field: 'body' }));
    expect(() => readText(`{"type":${deep}}`)).toThrow(expect.objectContaining({ field: 'type' }));
  });

  test('is read back unchanged in both formats', () => {
    const written = ({ type, subject, at, immediate }: AccountEvent) => ({
      type: type.replace('-', '.'),
      data: {
        ...subject,
        [type === 'account-reinstated' ? 'reinstatedAt' : 'terminatedAt']: isoInstant(at),
        ...(immediate ? { immediate } : {}),
      },
    });
    fc.assert(
      fc.property(termination, (event) => {
        const body = written(event);
        const cloudEvent = {
          ...body,
          specversion: '1.0',
          id: '1',
          source: '/accounts',
          type: `com.example.${body.type}`,
        };
        for (const each of [body, cloudEvent])
          expect(eventFromWebhook(event.requestId, Buffer.from(JSON.stringify(each)), TERMS)).toEqual(event);
      }),
    );
  });

  test('is read, or refused with an InputError, whatever it holds', () => {
    const base = fc.constantFrom<object>(STANDARD, CLOUD_EVENT);
    const changed = fc
      .tuple(base, fc.dictionary(fc.constantFrom(...Object.keys(CLOUD_EVENT)), anyValue, { maxKeys: 1 }))
      .map(([envelope, changes]) => ({ ...envelope, ...changes }));
    const changedWithin = fc
      .tuple(base, fc.dictionary(fc.oneof(fc.constantFrom(...KEYS), fc.string()), anyValue, { maxKeys: 1 }))
      .map(([envelope, changes]) => ({ ...envelope, data: { ...DATA, ...changes } }));
    const bytes = fc.oneof(
      { weight: 4, arbitrary: fc.oneof(changed, changedWithin).map((each) => Buffer.from(JSON.stringify(each))) },
      { weight: 1, arbitrary: fc.json().map((each) => Buffer.from(each)) },
      { weight: 1, arbitrary: fc.uint8Array() },
    );
    const outcomes = outcomesOf(bytes, readBytes);
    expect(outcomes.read).toBeGreaterThan(10);
    expect(outcomes.refused).toBeGreaterThan(100);
  });
});
