import { holdsOnIndex } from '../../control/controls.ts';
import type { Counts } from '../../criteria/counts.ts';
import type { HeldBy, HeldCriteria, UsableFields } from '../../criteria/due-criteria.ts';
import type { Finding } from '../../criteria/finding.ts';
import type { IndexDescription } from '../../criteria/index-description.ts';
import type { Category } from '../../policy/retention-policy.ts';
import { canHold, describeIdentifier, isInteger } from '../../rules/accounts/identifier-field.ts';

/** Whether documents of an index may have a field: its mapping accepts or ignores it. */
export const mayHave =
  (field: string) =>
  ({ fields, outOfSearch, insideValues, leavesOut }: IndexDescription): boolean =>
    insideValues?.has(field) !== true &&
    (fields.has(field) || outOfSearch?.has(field) === true || leavesOut?.has(field) === true);

/** An integer exactly as JSON writes it. */
const INTEGER = /^(?:0|-?[1-9]\d*)$/;
/** The possible first characters of a number, in any spelling that an integer field accepts. */
const BEGINS_NUMBER = /^\s*[-+]?(?:\d|\.\d|Infinity|NaN)/;

/**
 * Whether an integer field may have indexed this identifier as another number: "007" as 7, "7.9" as 7. Other texts are
 * not in the index, and are searched in `_source`.
 */
const isSpelledDifferently = (uin: string): boolean => !INTEGER.test(uin) && BEGINS_NUMBER.test(uin);

/** Whether a search, with a script if necessary, finds every document that may name an account on hold. */
const isSearchable = (
  { refusesScripts }: IndexDescription,
  { account }: UsableFields,
  { accounts }: HeldCriteria,
): boolean => {
  if (account === undefined) return false;
  if (account.type === 'unsigned_long' && accounts.some(({ uin }) => INTEGER.test(uin) && !canHold(account, uin)))
    return false;
  if (isInteger(account.type) && (account.path === undefined || accounts.some(({ uin }) => isSpelledDifferently(uin))))
    return false;
  return account.path === undefined || refusesScripts !== true;
};

/**
 * How the holds of a category apply to an index; undefined if they do not. In doubt, every document is held: where the
 * account field is not mapped, documents may name the account in another field.
 */
export const heldByOf = (
  description: IndexDescription,
  usable: UsableFields,
  held: HeldCriteria | undefined,
): HeldBy | undefined => {
  if (held === undefined) return undefined;
  if (holdsOnIndex(held.holds, description).length > 0) return 'whole';
  if (held.accounts.length === 0) return undefined;
  return isSearchable(description, usable, held) ? 'searched' : 'unclear';
};

/** Whether no document of an index may be touched, because all are held or nobody knows which. */
export const isKeptWhole = ({ held, account }: Pick<UsableFields, 'held' | 'account'>): boolean =>
  held === 'whole' || held === 'unclear' || (held === 'searched' && account === undefined);

/** Whether a hold keeps the index itself, so that it must not be dropped even if it is empty. */
export const isHeldItself = ({ held }: Pick<UsableFields, 'held'>): boolean => held === 'whole';

/** The ids of the holds on an index, for the reason of a plan. */
export const holdIdsOn = (description: IndexDescription, held: HeldCriteria | undefined): string =>
  holdsOnIndex(held?.holds ?? [], description)
    .map(({ id }) => id)
    .join(', ');

/** The finding for an index in which nobody can tell which documents are held, so that all of them stay. */
export const holdNotExamined = (
  index: IndexDescription,
  usable: UsableFields,
  { held = 0 }: Counts,
  { accountField }: Category,
): readonly Finding[] => {
  if (held === 0 || usable.held === 'whole' || !isKeptWhole(usable)) return [];
  const found =
    usable.held === 'searched'
      ? 'documents could not be searched by run-time fields'
      : index.refusesScripts === true && usable.account !== undefined
        ? 'search.allow_expensive_queries is false, and whose documents they are has to be read by a script'
        : describeIdentifier(index, accountField);
  return [
    {
      code: 'hold-not-examined',
      severity: 'blocking',
      index: index.name,
      expected: `an index that tells by "${accountField}" whether a document belongs to an account on hold`,
      found: `${found}; so ${held === 1 ? '1 document that a rule would remove stays' : `${held} documents that a rule would remove stay`}`,
      fix: `If another field names the account, write it as accountField of the category in the policy. Otherwise reindex into an index that maps "${accountField}" as keyword, and delete this one. If no document of the category names an account, release the hold, and place it again with --category for the other categories. node bin/es-retention.mjs holds lists the holds.`,
    },
  ];
};
