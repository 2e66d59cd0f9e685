import type { PolicyAtClosure } from '../../../lib/erasure/ledger/ledger-entry.ts';
import type { ReceiptFacts } from '../../../lib/erasure/receipts/receipt.ts';
import type { Subject } from '../../../lib/erasure/subjects/subject.ts';
import { subjectCommitment } from '../../../lib/erasure/subjects/subject-commitment.ts';
import { DAY } from '../../../lib/policy/time/duration.ts';

const TERMINATED_AT = Date.parse('2026-11-01T09:00:00Z');

export const OPENING = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';

export const SUBJECT: Subject = { uin: '9007199254740993001' };

/** The policy under which it was erased. */
export const MET_UNDER: PolicyAtClosure = {
  policyVersion: `sha256:${'a'.repeat(64)}`,
  promise: {
    category: 'console-configuration',
    title: 'Console configuration data',
    quote: 'we will delete this data within 7 days',
    source: 'Privacy policy',
    sourceDate: '2023-09-08',
    deadline: 'P7D',
  },
  patterns: ['console-configuration-*'],
};

/** The facts that bind a receipt to a subject. */
export const aboutSubject = (subject: Subject, opening = OPENING): Pick<ReceiptFacts, 'commitment'> => ({
  commitment: subjectCommitment(subject, opening),
});

/** An account that was deleted on the first of November and erased on the fifth, before its deadline. */
export const receiptFacts = (changes: Partial<ReceiptFacts> = {}): ReceiptFacts => ({
  issuedAt: TERMINATED_AT + 4 * DAY + 5000,
  request: {
    id: 'msg_2b7c',
    trigger: 'account-deleted',
    scope: 'account',
    immediate: false,
    terminatedAt: TERMINATED_AT,
    receivedAt: TERMINATED_AT + 1000,
    eraseFrom: TERMINATED_AT + 3 * DAY,
    eraseBy: TERMINATED_AT + 7 * DAY,
  },
  ...aboutSubject(SUBJECT),
  promises: [MET_UNDER.promise],
  categories: [
    {
      category: 'console-configuration',
      outcome: 'erased',
      documentsErased: 12,
      firstErasedAt: TERMINATED_AT + 4 * DAY,
      verifiedAt: TERMINATED_AT + 4 * DAY + 4000,
      newUseKept: 0,
      policyVersion: MET_UNDER.policyVersion,
      patterns: MET_UNDER.patterns,
      indices: 3,
    },
  ],
  cluster: { uuid: 'c1u2', name: 'conferences', version: '9.4.3' },
  previous: null,
  ...changes,
});
