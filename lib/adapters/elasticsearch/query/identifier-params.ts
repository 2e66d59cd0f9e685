import type { IdentifierField } from '../../../criteria/due-criteria.ts';
import { isInteger } from '../../../rules/accounts/identifier-field.ts';
import type { Query } from './rule-query.ts';

/** Parameters for a field with identifiers, as the scripts in classify-accounts.ts need them. */
export const fieldParams = (name: string | undefined, field: IdentifierField | undefined) => ({
  name: name ?? '',
  indexed: field !== undefined && field.type !== 'unsearched',
  coerces: field !== undefined && isInteger(field.type),
  ...(field?.path !== undefined && { path: field.path.split('.') }),
  ...(field?.nullValue !== undefined && { nullValue: field.nullValue }),
});

/** Documents for which the index has no account. */
export const withoutIndexedAccount = (accountField: string): Query => ({
  bool: { must_not: [{ exists: { field: accountField } }] },
});

/** Documents of which the index does not have all accounts. */
export const unindexedBy = (accountField: string): Query => ({
  bool: {
    should: [{ term: { _ignored: { value: accountField } } }, withoutIndexedAccount(accountField)],
    minimum_should_match: 1,
  },
});
