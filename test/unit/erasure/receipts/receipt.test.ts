import { describe, expect, test } from 'vitest';
import { buildReceipt, type CategoryFacts } from '../../../../lib/erasure/receipts/receipt.ts';
import { receiptSchema } from '../../../../lib/erasure/receipts/receipt-schema.ts';
import { OPENING, receiptFacts, SUBJECT } from '../../../support/receipts/receipt-facts.ts';

const facts = receiptFacts();
const [category] = facts.categories as [CategoryFacts];
const { eraseBy } = facts.request;

describe('a receipt', () => {
  const receipt = buildReceipt(facts);

  test('states the request, the promise, the erasure, and their times', () => {
    expect(receipt).toMatchObject({
      type: 'es-retention/erasure-receipt/1',
      issuedAt: '2026-11-05T09:00:05.000Z',
      request: {
        id: 'msg_2b7c',
        scope: 'account',
        terminatedAt: '2026-11-01T09:00:00.000Z',
        eraseFrom: '2026-11-04T09:00:00.000Z',
        eraseBy: '2026-11-08T09:00:00.000Z',
      },
      promises: [{ deadline: 'P7D', quote: 'we will delete this data within 7 days' }],
      categories: [
        { outcome: 'erased', documentsErased: 12, documentsLeft: 0, verifiedAt: '2026-11-05T09:00:04.000Z' },
      ],
      keptInTime: true,
      previous: null,
    });
    expect(receiptSchema.safeParse(receipt).error).toBeUndefined();
  });

  test('states which stages were not examined, and what it does not cover', () => {
    expect(receipt.stages).toEqual({
      searchable: 'verified',
      segmentFiles: 'not examined',
      snapshots: 'not examined',
    });
    expect(receipt.notCovered.join()).toMatch(
      /Other categories.*Other systems.*Copies outside this cluster.*law.*ledger, archive, queues/,
    );
  });

  test('contains neither the subject nor the opening', () => {
    const text = JSON.stringify(receipt);
    expect(text).not.toContain(SUBJECT.uin);
    expect(text).not.toContain(OPENING);
  });

  test('is about an application if the request was', () => {
    const { request } = buildReceipt(receiptFacts({ request: { ...facts.request, scope: 'application' } }));
    expect(request.scope).toBe('application');
  });

  test.each([
    ['at the last millisecond', [eraseBy], true],
    ['a millisecond later', [eraseBy + 1], false],
    ['when one of two categories is late', [eraseBy, eraseBy + 1], false],
  ])('states whether the deadline was kept if it was verified %s', (_, instants, keptInTime) => {
    const categories = instants.map((verifiedAt) => ({ ...category, verifiedAt }));
    expect(buildReceipt(receiptFacts({ categories })).keptInTime).toBe(keptInTime);
  });
});

describe('the schema of receipts', () => {
  const receipt = buildReceipt(facts);
  const [done] = receipt.categories;
  test.each([
    ['late, and said to be in time', { ...receipt, categories: [{ ...done, verifiedAt: '2026-11-08T09:00:00.001Z' }] }],
    ['nothing found, and documents erased', { ...receipt, categories: [{ ...done, outcome: 'nothing-found' }] }],
    ['erased, and never', { ...receipt, categories: [{ ...done, firstErasedAt: undefined }] }],
    ['documents left', { ...receipt, categories: [{ ...done, documentsLeft: 1 }] }],
    ['no category at all', { ...receipt, categories: [] }],
    ['an instant without its zone', { ...receipt, issuedAt: '2026-11-05T09:00:05.000' }],
    ['a count that is a text', { ...receipt, categories: [{ ...done, documentsErased: '12' }] }],
    ['a field that is not known', { ...receipt, note: 'x' }],
    ['a field that is not known, further in', { ...receipt, cluster: { ...receipt.cluster, host: 'x' } }],
  ])('refuses wrong or contradictory content: %s', (_, changed) => {
    expect(receiptSchema.safeParse(changed).success).toBe(false);
  });
});
