import type { estypes } from '@elastic/elasticsearch';
import type { TerminationCriteria, UsableFields } from '../../../criteria/due-criteria.ts';
import { EMIT_OWNERLESS } from '../scripts/classify-accounts.ts';
import { fieldParams, withoutIndexedAccount } from './identifier-params.ts';

/** The name of a run-time field with the result of {@link EMIT_OWNERLESS}. */
const OWNERLESS = 'es_retention_ownerless';

/** Documents that name no account: they have no account in the index, or only the mapping's null_value. */
export const ownerless = (criteria: TerminationCriteria, { account }: UsableFields): estypes.QueryDslQueryContainer =>
  account?.nullValue === undefined || account.path === undefined
    ? withoutIndexedAccount(criteria.accountField)
    : {
        bool: {
          should: [
            withoutIndexedAccount(criteria.accountField),
            {
              bool: {
                filter: [
                  { term: { [criteria.accountField]: { value: account.nullValue } } },
                  { term: { [OWNERLESS]: { value: true } } },
                ],
              },
            },
          ],
          minimum_should_match: 1,
        },
      };

/** The run-time field that {@link ownerless} uses. Every request with that query needs it in its `runtime_mappings`. */
export const ownerlessRuntime = (
  { accountField }: TerminationCriteria,
  { account }: UsableFields,
): Record<string, estypes.MappingRuntimeField> =>
  account?.nullValue === undefined || account.path === undefined
    ? {}
    : {
        [OWNERLESS]: {
          type: 'boolean',
          script: { lang: 'painless', source: EMIT_OWNERLESS, params: { field: fieldParams(accountField, account) } },
        },
      };
