import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { assertNamesNobody } from '../../../../lib/erasure/events/request-id.ts';
import { thrownBy } from '../../../support/erasure/refusals.ts';

const refusal = (id: string, uin: string, sdkAppId?: string) =>
  thrownBy(() => assertNamesNobody(id, { uin, ...(sdkAppId !== undefined && { sdkAppId }) }, 'webhook-id'));

describe('a request id', () => {
  test.each([
    ['the account', '123456789', '123456789'],
    ['the account in it', 'del-123456789-1', '123456789'],
    ['the account between digits', '00123456789000', '123456789'],
    ['the account in a made-up UUID', '00000000-0000-0000-0000-000123456789', '123456789'],
    ['the account in other letters', 'msg_JO@EXAMPLE', 'jo@example'],
    ['a short account as a word', 'account-42-deleted', '42'],
    ['a short account at its end', 'msg_42', '42'],
    ['nothing but a short account', '7', '7'],
    ['an account of five characters as a word', 'end-12345', '12345'],
    ['a short account with a sign in it', 'msg_jo@x.1', 'jo@x'],
    ['a short account between two signs', 'end:a.b:1', 'a.b'],
    ['an account of six characters in a UUID', 'c2b1f0aa-1234-4f00-9d00-0123456789ab', '456789'],
  ])('is refused with %s', (_, id, uin) => {
    expect(refusal(id, uin)).toMatchObject({ code: 'request-names-subject', field: 'webhook-id' });
    expect(JSON.stringify(refusal(id, uin))).not.toContain(uin);
  });

  test('is refused if it contains the application', () => {
    expect(refusal('end-1400000001', '9', '1400000001')).toMatchObject({ code: 'request-names-subject' });
  });

  test.each([
    ['a short account among other digits', 'msg_2042', '42'],
    ['a short account as part of a UUID', 'c2b1f0aa-1234-4f00-9d00-0123456789ab', '1234'],
    ['a short account as a group of a UUID', 'msg_c2b1f0aa-1234-4f00-9d00-0123456789ab', '4f00'],
    ['what only looks like a short account with a dot', 'end-aXb-1', 'a.b'],
    ['another account', 'del-123456788-1', '123456789'],
  ])('is accepted with %s', (_, id, uin) => {
    expect(() => assertNamesNobody(id, { uin }, 'webhook-id')).not.toThrow();
  });

  test('is accepted if it is random, whatever the account', () => {
    for (let account = 100_000_000; account < 100_002_000; account++)
      expect(() => assertNamesNobody(randomUUID(), { uin: `${account}` }, 'webhook-id')).not.toThrow();
    for (let account = 0; account < 2_000; account++)
      expect(() => assertNamesNobody(`msg_${randomUUID()}`, { uin: `${account}` }, 'webhook-id')).not.toThrow();
  });
});
