import type { DueSubject } from '../../criteria/due-criteria.ts';
import type { TerminationRule } from '../../policy/rules/rules.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import { deadlineOf } from '../ledger/obligation.ts';

/** Whether documents dated after an entry's termination are new use, and stay. */
const keepsNewUse = ({ trigger }: Pick<LedgerEntry, 'trigger'>): boolean => trigger === 'feature-terminated';

/**
 * The subjects of due entries, in the form that the query for their documents needs. Entries that owe nothing are left
 * out.
 * @param rule the rule in force, which may have a shorter promise than the entry.
 */
export const dueSubjects = (
  { id, uin, sdkAppId, trigger, obligation }: LedgerEntry,
  rule?: TerminationRule,
): readonly DueSubject[] =>
  // A due entry always names its subject: closing it removes the name.
  uin === undefined || obligation === undefined
    ? []
    : [
        {
          key: id,
          uin,
          ...(sdkAppId !== undefined && { sdkAppId }),
          ...(keepsNewUse({ trigger }) && { until: obligation.terminatedAt }),
          eraseBy: rule === undefined ? obligation.eraseBy : deadlineOf(obligation, rule),
        },
      ];
