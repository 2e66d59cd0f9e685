import { describe, expect, test } from 'vitest';
import type { AccountEvent } from '../../../../lib/erasure/events/account-event.ts';
import { busEntryOf, DETAIL_TYPES, eventFromBus } from '../../../../lib/erasure/intake/bus-event.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { anyValue, BOUNDS, NOW, termination } from '../../../support/erasure/arbitrary-termination.ts';
import { outcomesOf } from '../../../support/erasure/refusals.ts';
import fc from '../../../support/run/fast-check.ts';

/** As EventBridge hands a published entry over: the detail has been to JSON and back. */
const delivered = ({ detailType, detail }: ReturnType<typeof busEntryOf>, changes: object = {}) => ({
  version: '0',
  id: 'b3f1a6c2-0000-4000-8000-000000000001',
  'detail-type': detailType,
  source: 'es-retention.webhook',
  account: '123456789012',
  time: '2026-11-24T09:00:00Z',
  region: 'eu-west-1',
  resources: [],
  detail: { ...JSON.parse(JSON.stringify(detail)), ...changes },
});

const EVENT: AccountEvent = {
  requestId: 'msg_1',
  type: 'feature-terminated',
  subject: { uin: '100001', sdkAppId: '1400000001' },
  at: NOW,
  immediate: true,
};

describe('an event on the bus', () => {
  test('has a detail type, and the request, subject and time in its detail', () => {
    expect(busEntryOf(EVENT)).toEqual({
      detailType: 'Feature Terminated',
      detail: {
        requestId: 'msg_1',
        uin: '100001',
        sdkAppId: '1400000001',
        at: '2026-11-24T09:00:00.000Z',
        immediate: true,
      },
    });
  });

  test('has one detail type for each type of event', () => {
    expect(DETAIL_TYPES).toEqual({
      'account-deleted': 'Account Deleted',
      'feature-terminated': 'Feature Terminated',
      'account-reinstated': 'Account Reinstated',
    });
  });

  test('is read back as it was sent', () => {
    fc.assert(
      fc.property(termination, (event) => {
        expect(eventFromBus(delivered(busEntryOf(event)), BOUNDS)).toEqual(event);
      }),
    );
  });

  test("has the bus's id as request id if its sender gave none", () => {
    const event = delivered(busEntryOf(EVENT), { requestId: undefined });
    expect(eventFromBus(event, BOUNDS).requestId).toBe('b3f1a6c2-0000-4000-8000-000000000001');
  });

  test('takes effect at the time in its detail, not when the bus received it', () => {
    const event = { ...delivered(busEntryOf(EVENT)), time: '2020-01-01T00:00:00Z' };
    expect(eventFromBus(event, BOUNDS).at).toBe(NOW);
    expect(() => eventFromBus(delivered(busEntryOf(EVENT), { at: undefined }), BOUNDS)).toThrow(
      expect.objectContaining({ field: 'detail.at' }),
    );
  });

  test.each([
    ['nothing', undefined, 'event'],
    ['a text', 'Account Deleted', 'event'],
    ['a list', [delivered(busEntryOf(EVENT))], 'event'],
    ['a schedule', { 'detail-type': 'Scheduled Event', detail: {} }, 'detail-type'],
    ['the name of something that every object has', { 'detail-type': 'constructor', detail: {} }, 'detail-type'],
    ['a detail in text', { 'detail-type': 'Account Deleted', detail: '{"uin":"1"}' }, 'detail'],
    ['an account as a number', delivered(busEntryOf(EVENT), { uin: 1 }), 'detail.uin'],
    ['an id that is null', delivered(busEntryOf(EVENT), { requestId: null }), 'detail.requestId'],
    ['a misspelt application', delivered(busEntryOf(EVENT), { sdkAppID: '1' }), 'detail.sdkAppID'],
    ['a key that is a number', delivered(busEntryOf(EVENT), { 100001: true }), 'detail'],
    ['a key that could be an account', delivered(busEntryOf(EVENT), { u100001: true }), 'detail'],
  ])('is refused, and the wrong field is named: %s', (_, event, field) => {
    expect(() => eventFromBus(event, BOUNDS)).toThrow(expect.objectContaining({ field }));
  });

  test('is refused if it is a reinstatement that is dated months ahead', () => {
    const event = delivered(
      busEntryOf({ ...EVENT, type: 'account-reinstated', immediate: false, at: NOW + 300 * DAY }),
    );
    expect(() => eventFromBus(event, BOUNDS)).toThrow(
      expect.objectContaining({ code: 'too-far-ahead', field: 'detail.at' }),
    );
  });

  test('is refused with a suggestion for a misspelt key', () => {
    expect(() => eventFromBus(delivered(busEntryOf(EVENT), { sdkAppID: '1' }), BOUNDS)).toThrow(
      'found "sdkAppID". Write "sdkAppId", if that is meant, or leave it out.',
    );
  });

  test('is read, or refused with an InputError, whatever it holds', () => {
    const changes = (keys: readonly string[]) =>
      fc.dictionary(fc.oneof(fc.constantFrom(...keys), fc.string()), anyValue, { maxKeys: 1 });
    const event = fc
      .tuple(termination, changes(['requestId', 'uin', 'sdkAppId', 'at', 'immediate', '__proto__', 'toString']))
      .map(([each, changed]) => delivered(busEntryOf(each), changed));
    const outer = fc
      .tuple(event, changes(['detail-type', 'id', 'time', 'detail']))
      .map(([each, changed]) => ({ ...each, ...changed }));
    const outcomes = outcomesOf(fc.oneof(event, outer, anyValue), (each) => eventFromBus(each, BOUNDS));
    expect(outcomes.read).toBeGreaterThan(10);
    expect(outcomes.refused).toBeGreaterThan(100);
  });
});
