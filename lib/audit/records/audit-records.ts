import { RetentionError } from '../../base/errors.ts';
import { ledgerMemory } from '../../policy/ledger-memory.ts';
import { ownIndices } from '../../policy/own-indices.ts';
import type { Category, RetentionPolicy } from '../../policy/retention-policy.ts';
import type { TerminationRule } from '../../policy/rules/rules.ts';
import { DAY } from '../../policy/time/duration.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { type HashKeys, ledgerNamesOf } from '../accounts/account-hashes.ts';
import { type AuditFinding, breach, firstFew } from '../audit-finding.ts';
import type { AuditArchive, AuditReader, Held, RawRecord } from '../audit-reader.ts';
import type { StatementSeal } from '../statement.ts';
import { type Copies, compareCopies, listedIn, type RawListedEvent } from './compare-copies.ts';
import { compareRecords, type ErasureFigures } from './compare-records.ts';
import { hasRecordedContent } from './entry-proof.ts';
import { type RawEntry, type RawEventLog, rawFields, readEventLog, readRawEntry, textOf } from './raw-records.ts';

/** Copies and events expire within days of each other, so the last days of the period are not compared. */
const REMOVAL_MARGIN = 2 * DAY;
/** es-retention writes the copy, then the event, then the entry. So a missing record is looked up again. */
const RETRY_AFTER = 2_000;

/** The ports for the audit of the records of erasures. */
export interface RecordContext {
  readonly reader: AuditReader;
  readonly policy: RetentionPolicy;
  readonly archive?: AuditArchive;
  readonly seal?: Pick<StatementSeal, 'isReceipt'>;
  readonly keys?: HashKeys;
  readonly held: Held;
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly now: Instant;
}

export interface RecordAudit {
  readonly entries: readonly RawEntry[];
  readonly events: RawEventLog['events'];
  readonly figures: ErasureFigures;
  readonly findings: readonly AuditFinding[];
}

const missingIndex = (index: string, category: string): AuditFinding =>
  breach(
    'records-missing',
    {
      expected: `the index ${index}`,
      found: 'none',
      fix: 'Without it, nobody knows what is owed. Run node bin/es-retention.mjs setup, then node bin/es-retention.mjs replay.',
    },
    { category, index },
  );

const withoutSource = (index: string, category: string, records: readonly RawRecord[]): readonly AuditFinding[] =>
  records.every(({ source }) => source !== undefined)
    ? []
    : [
        breach(
          'records-unreadable',
          {
            expected: 'records with their content',
            found: `an index that does not keep it (_source)`,
            fix: `Run node bin/es-retention.mjs verify: it names how the index differs.`,
          },
          { category, index },
        ),
      ];

const idSet = async (ids: AsyncIterable<string>): Promise<ReadonlySet<string>> => {
  const all = new Set<string>();
  for await (const id of ids) all.add(id);
  return all;
};

const EVENT_ID = /^[0-9a-f]{64}$/;

const readCopies = async (archive: AuditArchive, category: string, remembered: Instant): Promise<Copies> => {
  const listed: RawListedEvent[] = [];
  const unreadable: string[] = [];
  for await (const copy of archive.list('manifests', (id) => id.endsWith(`@${category}`)))
    if ('content' in copy) listed.push(...listedIn(copy.content));
    else unreadable.push(copy.id);
  const eventsOf = async (since: Instant) =>
    new Set([...(await idSet(archive.ids('events', since)))].filter((id) => EVENT_ID.test(id)));
  return { all: await eventsOf(0), remembered: await eventsOf(remembered), listed, unreadable };
};

/** Receipts that closures name, but that are missing, or were not signed with one of our keys. */
const checkReceipts = async (
  { id }: Category,
  entries: readonly RawEntry[],
  receipts: readonly RawRecord[],
  { archive, seal }: RecordContext,
): Promise<readonly AuditFinding[]> => {
  const existing = new Map(receipts.map((receipt) => [receipt.id, textOf(rawFields(receipt.source).jws)]));
  const archived = archive === undefined ? new Set<string>() : await idSet(archive.ids('receipts', 0));
  const named = entries.flatMap(({ closures }) => closures.flatMap(({ receipt }) => receipt ?? []));
  const lost = named.filter((each) => !existing.has(each) && !archived.has(each));
  const forged: string[] = [];
  if (seal !== undefined)
    for (const [receipt, jws] of existing) if (jws === undefined || !(await seal.isReceipt(jws))) forged.push(receipt);
  return [
    ...(lost.length === 0
      ? []
      : [
          breach(
            'receipt-lost',
            {
              expected: 'every receipt that an entry names, in the cluster or in the archive',
              found: `${lost.length} in neither of them: ${firstFew(lost)}`,
              fix: 'Somebody removed them. Restore them from a snapshot, or from the archive.',
            },
            { category: id },
          ),
        ]),
    ...(forged.length === 0
      ? []
      : [
          breach(
            'receipt-altered',
            {
              expected: 'receipts with a signature of a key in the ring',
              found: `${forged.length} without: ${firstFew(forged)}`,
              fix: 'They prove nothing. The archive has the genuine ones. If they were signed under an older key, take the ring with all its versions.',
            },
            { category: id },
          ),
        ]),
  ];
};

/**
 * Whether an erasure waits for a hold. An account and each of its applications hold each other, since the erasure of an
 * account would include the application.
 */
const isHeldBy =
  (held: Held, keys: HashKeys | undefined) =>
  ({ name, uin, sdkAppId }: RawEntry): boolean =>
    held.all ||
    held.accounts.some(
      (account) =>
        (account.uin === uin &&
          (account.sdkAppId === undefined || sdkAppId === undefined || account.sdkAppId === sdkAppId)) ||
        (keys !== undefined && ledgerNamesOf(account, keys).includes(name)),
    );

/** Whether an open entry is unchanged since it was recorded. Without keys, nobody can tell. */
const isAsRecordedBy = (records: readonly RawRecord[], keys: HashKeys | undefined) => {
  const byId = new Map(records.map((record) => [record.id, record]));
  return ({ id }: RawEntry): boolean => {
    const record = byId.get(id);
    return keys === undefined || record === undefined || hasRecordedContent(record, keys);
  };
};

const compareOnce = async (category: Category, rule: TerminationRule, context: RecordContext): Promise<RecordAudit> => {
  const { reader, policy, archive, now } = context;
  const own = ownIndices(policy, category.id);
  const remembered = now - ledgerMemory(policy) + REMOVAL_MARGIN;
  // The copies are read first. A recording writes them first, so the records that are read later include all of them.
  const copies = archive === undefined ? undefined : await readCopies(archive, category.id, remembered);
  const [ledger, log] = [await reader.records(own.ledger), await reader.records(own.events)];
  const receipts = (await reader.records(own.receipts)) ?? [];
  const entries = (ledger ?? []).map(readRawEntry);
  const { events, altered } = readEventLog(log ?? []);
  const judges = {
    isHeld: isHeldBy(context.held, context.keys),
    hasRecordedContent: isAsRecordedBy(ledger ?? [], context.keys),
  };
  const compared = compareRecords({ category: category.id, rule, entries, events, remembered, ...judges }, now);
  return {
    entries,
    events,
    figures: compared.figures,
    findings: [
      ...(ledger === undefined ? [missingIndex(own.ledger, category.id)] : []),
      ...(log === undefined ? [missingIndex(own.events, category.id)] : []),
      ...withoutSource(own.ledger, category.id, ledger ?? []),
      ...withoutSource(own.events, category.id, log ?? []),
      ...compared.findings,
      ...compareCopies(category.id, events, altered, copies, remembered),
      ...(await checkReceipts(category, entries, receipts, context)),
    ],
  };
};

const NOTHING: RecordAudit = { entries: [], events: [], figures: { open: 0, overdue: 0, closed: 0 }, findings: [] };

const notRead = (category: string, { code, explanation }: RetentionError): RecordAudit => ({
  ...NOTHING,
  findings: [
    breach(
      'not-audited',
      {
        expected: 'records of erasures, and an archive, that answer',
        found: `${code}: ${explanation.found}`,
        fix: 'Nobody knows whether erasures are owed. See why they do not answer, and run the audit again.',
      },
      { category },
    ),
  ],
});

/** Compares ledger, events, receipts and archive of a category with each other. */
export const auditRecords = async (category: Category, context: RecordContext): Promise<RecordAudit> => {
  const { termination } = category.rules;
  if (termination === undefined) return NOTHING;
  try {
    const first = await compareOnce(category, termination, context);
    if (first.findings.length === 0) return first;
    await context.wait(RETRY_AFTER);
    return await compareOnce(category, termination, context);
  } catch (error) {
    if (error instanceof RetentionError) return notRead(category.id, error);
    throw error;
  }
};
