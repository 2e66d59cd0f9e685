import type { estypes } from '@elastic/elasticsearch';
import type { LedgerQuery } from '../../../erasure/ledger/ledger.ts';

/** The filter of a ledger query. */
export const filterOf = ({
  category,
  hashes,
  keyIds,
  states,
  eraseFromUpTo,
  eraseByBefore,
  overdueUnpublished,
  heldUnpublished,
  receiptDue,
  unsealed,
}: LedgerQuery): estypes.QueryDslQueryContainer[] => [
  { term: { category } },
  ...(hashes === undefined ? [] : [{ terms: { 'subject.hash': [...hashes] } }]),
  ...(keyIds === undefined ? [] : [{ terms: { 'subject.kid': [...keyIds] } }]),
  ...(states === undefined ? [] : [{ terms: { state: [...states] } }]),
  ...(eraseFromUpTo === undefined
    ? []
    : [
        { range: { 'obligation.eraseFrom': { lt: `${eraseFromUpTo + 1}`, format: 'epoch_millis' } } },
        // The cluster checks by its own clock, too, that an entry is due.
        { range: { 'obligation.eraseFrom': { lte: 'now' } } },
      ]),
  ...(eraseByBefore === undefined
    ? []
    : [{ range: { 'obligation.eraseBy': { lt: `${eraseByBefore}`, format: 'epoch_millis' } } }]),
  ...(overdueUnpublished === true ? [{ bool: { must_not: { exists: { field: 'overdueSaidAt' } } } }] : []),
  ...(heldUnpublished === true ? [{ bool: { must_not: { exists: { field: 'heldSaidAt' } } } }] : []),
  ...(receiptDue === true ? [{ term: { receiptDue: true } }] : []),
  ...(unsealed === true ? [{ bool: { must_not: { term: { sealed: true } } } }] : []),
];
