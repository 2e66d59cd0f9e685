import type { SubjectCounts } from '../../../../lib/criteria/counts.ts';
import type {
  DueSubject,
  IdentifierField,
  TerminationCriteria,
  UsableFields,
} from '../../../../lib/criteria/due-criteria.ts';
import { canHold, canTell, isInteger } from '../../../../lib/rules/accounts/identifier-field.ts';
import { canTellNewUse } from '../../../../lib/rules/accounts/new-use.ts';
import type { InMemoryDocument, JsonValue } from '../in-memory-cluster.ts';

type Dates = Pick<InMemoryDocument, 'timestamps' | 'ingested' | 'malformed' | 'unseen'>;

/** Values in early 1970 are seconds that were read as milliseconds. */
const inUnits = (date: number): number => (date >= 946_684_800 && date < 9_466_848_000 ? date * 1000 : date);

/** Whether a document has a later date, or a malformed date beside another date. */
const isLater = ({ timestamps, ingested, malformed, unseen }: Dates, usable: UsableFields, until: number): boolean => {
  const isLost = (['timestamp', 'ingested'] as const).some((field) => {
    const { in: documents, path } = usable.arriving?.[field] ?? usable.unseen?.[field] ?? {};
    const indexed = field === 'timestamp' ? timestamps : ingested;
    return documents === 'lacking' && path === undefined && indexed.length === 0;
  });
  const indexed = [...timestamps, ...ingested].map(inUnits);
  const dates = [...indexed, ...(unseen?.timestamp ?? []), ...(unseen?.ingested ?? [])];
  if (isLost) return true;
  return dates.some((date) => date > until) || (malformed === true && dates.length > 0);
};

/** The identifiers in a document. Numbers count by their value. */
const textsOf = (values: readonly JsonValue[]): ReadonlySet<string> =>
  new Set(values.filter((value) => value !== null).map((value) => `${value}`));

const indexedText = (value: JsonValue, { type, longest = Number.POSITIVE_INFINITY }: IdentifierField) => {
  if (value === null) return [];
  if (!isInteger(type)) return `${value}`.length <= longest ? [`${value}`] : [];
  const text = `${value}`.trim();
  if (/^[+-]?\d+$/.test(text)) return [`${BigInt(text)}`];
  return text !== '' && Number.isFinite(Number(text)) ? [`${Math.trunc(Number(text))}`] : [];
};

/** The indexed values of a field. */
export const indexedTexts = (values: readonly JsonValue[] = [], field: IdentifierField): ReadonlySet<string> =>
  new Set(values.flatMap((value) => indexedText(value, field)));

/** The values of a field in a document: all of them, or the indexed ones if `_source` proves nothing. */
export const said = (values: readonly JsonValue[] = [], field: IdentifierField): ReadonlySet<string> =>
  field.path === undefined ? indexedTexts(values, field) : textsOf(values);

/** All accounts that a document names. */
export const accountsOf = ({ uin = [], unindexed = [] }: InMemoryDocument): ReadonlySet<string> =>
  textsOf([...uin, ...unindexed]);

/** The account field, if a search for this subject is reliable. */
const askedAccount = ({ uin, sdkAppId, until }: DueSubject, usable: UsableFields): IdentifierField | undefined => {
  const { account, application } = usable;
  if (account === undefined || !canHold(account, uin)) return undefined;
  if (until !== undefined && !canTellNewUse(usable)) return undefined;
  if (sdkAppId !== undefined && (application === undefined || !canTell(application, sdkAppId))) return undefined;
  return account;
};

/**
 * How a document is related to a subject, by the semantics of {@link TerminationCriteria}. Undefined if the document
 * does not name the subject.
 */
export const relationTo = (
  subject: DueSubject,
  document: InMemoryDocument,
  usable: UsableFields,
): keyof SubjectCounts | undefined => {
  const { uin, sdkAppId, until } = subject;
  const account = askedAccount(subject, usable);
  if (account === undefined) return undefined;
  const { application } = usable;
  const accounts = account.path === undefined ? indexedTexts(document.uin, account) : accountsOf(document);
  const applications = application === undefined ? new Set() : said(document.sdkAppId, application);
  if (!accounts.has(uin) || (sdkAppId !== undefined && !applications.has(sdkAppId))) return undefined;
  const isShared = accounts.size > 1 || (sdkAppId !== undefined && applications.size > 1);
  if (!isShared && until !== undefined && isLater(document, usable, until)) return 'newUse';
  if (!indexedTexts(document.uin, account).has(uin)) return 'unindexed';
  return isShared ? 'shared' : 'due';
};

/** Whether a document is due for any of these subjects. */
export const isDue = (
  document: InMemoryDocument,
  usable: UsableFields,
  criteria: TerminationCriteria | undefined,
  subjects: readonly DueSubject[] = criteria?.subjects ?? [],
): boolean => criteria !== undefined && subjects.some((subject) => relationTo(subject, document, usable) === 'due');
