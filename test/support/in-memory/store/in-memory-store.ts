import { type Counts, NO_DOCUMENTS, type SubjectCounts } from '../../../../lib/criteria/counts.ts';
import type { AgeCriteria, Criteria, IdentifierField, UsableFields } from '../../../../lib/criteria/due-criteria.ts';
import { matchesPattern } from '../../../../lib/policy/index-pattern.ts';
import type { Clock, Instant } from '../../../../lib/policy/time/instant.ts';
import { isKeptWhole } from '../../../../lib/purge/controls/held-index.ts';
import type { DocumentStore } from '../../../../lib/purge/document-store.ts';
import { digestOf, type InMemoryCluster, type InMemoryDocument } from '../in-memory-cluster.ts';
import { datedBy, isAheadOfIngestion, isBefore, isBehindIngestion, isUnseen, keyDates } from './in-memory-dates.ts';
import { indexedTexts, isDue, relationTo } from './in-memory-erasing.ts';
import { isHeld } from './in-memory-holding.ts';

const accountCounts = (documents: readonly InMemoryDocument[], account: IdentifierField) => {
  const ownerless = documents.filter(({ uin }) => indexedTexts(uin, account).size === 0).length;
  const isPartial = ({ uin = [], unindexed = [] }: InMemoryDocument): boolean =>
    unindexed.length > 0 ||
    indexedTexts(uin, account).size === 0 ||
    uin.some((value) => indexedTexts([value], account).size === 0);
  return { ownerless, ...(account.path === undefined && { unexamined: documents.filter(isPartial).length }) };
};

/** Whether a document is due now and was not due at an earlier cutoff. */
const hasFallenDue =
  (usable: UsableFields, age: AgeCriteria, from: Instant) =>
  (document: InMemoryDocument): boolean => {
    const dated = datedBy(document, usable, age);
    const isDue = (at: Instant): boolean => isBefore(dated, at) && !isUnseen(document, usable, age, at);
    return isDue(age.cutoff) && !isDue(from);
  };

/** The cutoffs at which a document falls due that is not due yet, one cutoff for each of its dates. */
const fallsDueAt = (
  document: InMemoryDocument,
  usable: UsableFields,
  age: AgeCriteria,
  cutoffs: readonly Instant[],
): readonly number[] => {
  const dated = datedBy(document, usable, age);
  if (dated === undefined || usable.unreadable !== undefined) return [];
  if (isBefore(dated, age.cutoff) || isAheadOfIngestion(document, usable, age)) return [];
  const places = keyDates(document, usable, age).map((date) => cutoffs.findIndex((cutoff) => date < cutoff));
  return [...new Set(places)].filter((at) => at >= 0);
};

const heldCount = (held: readonly boolean[]) => {
  const count = held.filter(Boolean).length;
  return count === 0 ? {} : { held: count };
};

const countsOf = (documents: readonly InMemoryDocument[], usable: UsableFields, criteria: Criteria): Counts => {
  const { age, termination } = criteria;
  const kept = documents.map((document) => isHeld(document, usable, criteria));
  const dueNow = documents.map((document) => isDue(document, usable, termination));
  const ownerless =
    termination !== undefined && usable.account !== undefined && accountCounts(documents, usable.account);
  if (age === undefined)
    return {
      documents: documents.length,
      due: dueNow.filter((each, at) => each && !kept[at]).length,
      ...heldCount(dueNow.map((each, at) => each && kept[at] === true)),
      overdue: 0,
      undatable: 0,
      aheadOfIngestion: 0,
      behindIngestion: 0,
      ...ownerless,
    };
  const dates = documents.map((document) => datedBy(document, usable, age));
  const seen = documents.map((document) => !isUnseen(document, usable, age));
  const unseen = seen.filter((each) => !each).length;
  const byRule = dates.map((dated, at) => (seen[at] && isBefore(dated, age.cutoff)) || dueNow[at] === true);
  const timestamps = dates.flatMap((dated) => (dated?.field === 'timestamp' ? dated.values : []));
  return {
    documents: documents.length,
    due: byRule.filter((each, at) => each && !kept[at]).length,
    ...heldCount(byRule.map((each, at) => each && kept[at] === true)),
    overdue: documents.filter(
      (document, at) =>
        !kept[at] && isBefore(dates[at], age.overdueBefore) && !isUnseen(document, usable, age, age.overdueBefore),
    ).length,
    ...(age.fellDueFrom !== undefined && {
      fellDue: documents.filter((_, at) => !kept[at]).filter(hasFallenDue(usable, age, age.fellDueFrom)).length,
    }),
    undatable: dates.filter((dated) => dated === undefined).length + unseen,
    ...(unseen > 0 && { unseen }),
    aheadOfIngestion: documents.filter((document) => isAheadOfIngestion(document, usable, age)).length,
    behindIngestion: documents.filter((document) => isBehindIngestion(document, usable, age)).length,
    ...ownerless,
    ...(timestamps.length > 0 && { from: Math.min(...timestamps), to: Math.max(...timestamps) }),
  };
};

const addSubjects = (
  sum: Map<string, SubjectCounts>,
  documents: readonly InMemoryDocument[],
  usable: UsableFields,
  { termination }: Criteria,
): void => {
  const isKept = isKeptWhole(usable);
  for (const subject of termination?.subjects ?? [])
    for (const document of documents) {
      const named = relationTo(subject, document, usable);
      if (named === undefined) continue;
      const relation = named === 'due' && isKept ? 'held' : named;
      const counts = sum.get(subject.key) ?? NO_DOCUMENTS;
      sum.set(subject.key, { ...counts, [relation]: (counts[relation] ?? 0) + 1 });
    }
};

const outage = (cluster: InMemoryCluster, name: string): string | undefined => {
  const description = cluster.indices.get(name)?.description;
  if (description === undefined) return 'no such index';
  if (!description.open) return 'closed';
  if (description.health === 'red') return 'no shard available';
  return description.blocks.includes('read') ? 'read-blocked' : undefined;
};

/** The dates of documents whose dates a search finds, and that no hold keeps. */
const indexedDates = (
  documents: readonly InMemoryDocument[],
  usable: UsableFields,
  criteria: Criteria,
): readonly Instant[] =>
  documents.flatMap((document) => {
    const { age } = criteria;
    if (age === undefined || isHeld(document, usable, criteria)) return [];
    const dated = datedBy(document, usable, age);
    return dated === undefined || isUnseen(document, usable, age) ? [] : dated.at;
  });

/** The reading port on an {@link InMemoryCluster}. */
export const inMemoryStore = (cluster: InMemoryCluster, clock: Clock): DocumentStore => ({
  // Our own indices always answer.
  serverTime: async () => clock(),
  describe: async (patterns, fields) =>
    cluster.matching(patterns).map(({ description }) => ({
      ...description,
      answers: description.open && !description.blocks.includes('metadata'),
      fields: new Map([...description.fields].filter(([field]) => fields.includes(field))),
      read: { fields, digest: digestOf(description, fields) },
    })),
  mappings: async (patterns, fields) =>
    new Map(
      cluster
        .matching(patterns)
        .filter(({ description }) => !description.blocks.includes('metadata'))
        .map(({ description }) => [description.name, digestOf(description, fields)]),
    ),
  count: async (_patterns, indices, criteria, only) => {
    const counts = new Map<string, Counts>();
    const unanswered = new Map<string, string>();
    const dates: number[] = [];
    const subjects = new Map<string, SubjectCounts>();
    for (const { name, usable } of indices) {
      const why = outage(cluster, name);
      if (why !== undefined) {
        unanswered.set(name, why);
        continue;
      }
      const all = [...cluster.existing(name).documents];
      const documents = all.filter(([id]) => only === undefined || id === only).map(([, document]) => document);
      counts.set(name, countsOf(documents, usable, criteria));
      addSubjects(subjects, documents, usable, criteria);
      dates.push(...indexedDates(documents, usable, criteria));
    }
    return { counts, unanswered, subjects, ...(dates.length > 0 && { oldestAt: Math.min(...dates) }) };
  },
  fallingDue: async (indices, criteria, cutoffs) => {
    const { age } = criteria;
    const found = indices.flatMap(({ name, usable }) =>
      [...(cluster.indices.get(name)?.documents.values() ?? [])].flatMap((document) =>
        age === undefined || isHeld(document, usable, criteria) ? [] : fallsDueAt(document, usable, age, cutoffs),
      ),
    );
    return cutoffs.map((_, at) => found.filter((each) => each === at).length);
  },
  accounts: async (indices) => {
    const named = indices.flatMap(({ name, account }) =>
      [...(cluster.indices.get(name)?.documents.values() ?? [])].flatMap(({ uin }) => [...indexedTexts(uin, account)]),
    );
    return named.length === 0 ? undefined : new Set(named).size;
  },
  operations: async (patterns) =>
    new Map(
      cluster
        .matching(patterns)
        .filter(({ description }) => description.open)
        .map(({ description, operations }) => [description.name, operations]),
    ),
  templateFields: async (names, { dates, otherFields }) =>
    new Map(
      names
        .filter((name) => cluster.templates.some((pattern) => matchesPattern(name, pattern)))
        .map((name) => [name, new Set([...dates, ...otherFields])]),
    ),
});
