import type { estypes } from '@elastic/elasticsearch';
import type { Criteria, HeldCriteria, UsableFields } from '../../../criteria/due-criteria.ts';
import { isKeptWhole } from '../../../purge/controls/held-index.ts';
import { canHold, isInteger } from '../../../rules/accounts/identifier-field.ts';
import { isNumeral, keysOf, OTHER_SPELLINGS, roundedTo } from '../scripts/account-texts-script.ts';
import { EMIT_HELD } from '../scripts/classify-accounts.ts';
import { all, any, none } from './bool-query.ts';
import { fieldParams, unindexedBy } from './identifier-params.ts';
import type { Query } from './rule-query.ts';

/** The name of the run-time field with the result of {@link EMIT_HELD}. */
const HELD = 'es_retention_held';

const MATCH_ALL: Query = { match_all: {} };

const uinsOf = ({ accounts }: HeldCriteria): readonly string[] => [...new Set(accounts.map(({ uin }) => uin))];

/**
 * Documents that may name one of the accounts: found by the account, by a number in another spelling, or without an
 * account in the index.
 */
const candidates = (held: HeldCriteria, { account }: UsableFields): Query => {
  const { accountField } = held;
  const uins = uinsOf(held);
  if (account === undefined) return MATCH_ALL;
  const rounded = isInteger(account.type) ? uins.flatMap(roundedTo) : [];
  const terms = [...new Set([...uins, ...rounded])].filter((text) => canHold(account, text));
  const spelled: Query[] =
    account.type === 'keyword' && uins.some(isNumeral)
      ? [{ regexp: { [accountField]: { value: OTHER_SPELLINGS } } }]
      : [];
  return any({ terms: { [accountField]: terms } }, ...spelled, unindexedBy(accountField));
};

/** Whether a script has to read the accounts of the candidates. Otherwise all of them are held. */
const needsScript = ({ held, account }: UsableFields): boolean => held === 'searched' && account?.path !== undefined;

/**
 * Documents that a legal hold keeps in an index; undefined if none applies to it. In doubt, a document is held. If the
 * index could not be searched for accounts, every document is held.
 */
const heldQuery = ({ held }: Criteria, usable: UsableFields): Query | undefined => {
  if (held === undefined || usable.held === undefined) return undefined;
  if (isKeptWhole(usable)) return MATCH_ALL;
  const found = candidates(held, usable);
  return needsScript(usable) ? all(found, { term: { [HELD]: { value: true } } }) : found;
};

/** The documents of a query that no hold keeps. Needs {@link heldRuntime}. */
export const withoutHeld = (query: Query, criteria: Criteria, usable: UsableFields): Query => {
  const held = heldQuery(criteria, usable);
  return held === undefined ? query : all(query, none(held));
};

/** The documents of a query that a hold keeps; undefined if no hold applies to the index. Needs {@link heldRuntime}. */
export const onlyHeld = (query: Query, criteria: Criteria, usable: UsableFields): Query | undefined => {
  const held = heldQuery(criteria, usable);
  return held && all(query, held);
};

const paramsOf = (held: HeldCriteria, usable: UsableFields) => {
  const { application } = usable;
  const rounded: Record<string, string[]> = {};
  for (const uin of uinsOf(held))
    for (const key of keysOf(uin)) {
      rounded[key] ??= [];
      rounded[key].push(uin);
    }
  const byAccount = Map.groupBy(held.accounts, ({ uin }) => uin);
  const applicationsOf = (uin: string): readonly string[] => {
    const own = byAccount.get(uin) ?? [];
    return own.some(({ sdkAppId }) => sdkAppId === undefined) ? [] : own.flatMap(({ sdkAppId }) => sdkAppId ?? []);
  };
  return {
    account: fieldParams(held.accountField, usable.account),
    application: fieldParams(held.applicationField, application),
    tellsApplications: application?.path !== undefined,
    rounded,
    held: Object.fromEntries(uinsOf(held).map((uin) => [uin, applicationsOf(uin)])),
  };
};

/** The run-time field that {@link withoutHeld} and {@link onlyHeld} use. Every request with one of them needs it. */
export const heldRuntime = ({ held }: Criteria, usable: UsableFields): Record<string, estypes.MappingRuntimeField> =>
  held === undefined || !needsScript(usable)
    ? {}
    : {
        [HELD]: {
          type: 'boolean',
          script: { lang: 'painless', source: EMIT_HELD, params: paramsOf(held, usable) } as estypes.Script,
        },
      };
