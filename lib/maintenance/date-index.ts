import { RetentionError, TransientError } from '../base/errors.ts';
import type { Explanation } from '../base/explanation.ts';
import { number } from '../base/number-text.ts';
import type { AgeCriteria } from '../criteria/due-criteria.ts';
import type { Finding } from '../criteria/finding.ts';
import type { Category } from '../policy/retention-policy.ts';
import type { Instant } from '../policy/time/instant.ts';
import { type DocumentRemover, type PlannedTarget, sliceDocuments } from '../purge/document-remover.ts';
import type { DocumentStore } from '../purge/document-store.ts';
import { changedSince, MAPPING_CHANGED } from '../purge/indices/changed-mapping.ts';
import type { PlannedIndex } from '../purge/plan.ts';
import { undatedOf } from '../rules/dates/date-findings.ts';
import { usableFieldsOf, usableWithIngested } from '../rules/field-mapping.ts';
import type { DateForm } from './backfill-obstacle.ts';
import type { DateWriter } from './date-writer.ts';

/** An index into which a date can be written. */
export interface DatableIndex {
  readonly index: PlannedIndex;
  readonly form: DateForm;
}

/** The result for the undatable documents of one index. */
export interface Dated {
  /** Documents that were read back with the date. */
  readonly dated: number;
  /** Documents that were written but do not have that date. */
  readonly notTaken: number;
  /** Why the other documents were not dated. */
  readonly obstacles: readonly Finding[];
}

/** The order of one person, carried out index by index. */
export interface DatingOrder {
  readonly criteria: AgeCriteria;
  readonly dateWriter: DateWriter;
  readonly ingestedAt: Instant;
  /** Called before every write. If it throws, the whole order ends. */
  readonly assertLeased: () => Promise<void>;
  readonly category: Category;
  readonly store: Pick<DocumentStore, 'describe'>;
  readonly remover: Pick<DocumentRemover, 'state'>;
  /** Called as soon as the cluster confirms that documents were written. */
  readonly onDated: (documents: number) => void;
}

/** Errors that end the whole order, because the next index would fail in the same way. */
const ENDING = new Set([
  'no-server',
  'not-elasticsearch',
  'wrong-key',
  'missing-privilege',
  'unsupported-server',
  'out-of-time',
]);

type IsOfIndex = (error: unknown) => error is RetentionError;

interface Count {
  written: number;
  passedOver: number;
  /** Ids of documents that are not written, because a second write would change more than the date. */
  leaving: readonly string[];
  /** Why documents could not be written, in the words of the cluster. */
  failure?: string;
}

/**
 * Dates documents in bounded rounds. It always ends, whatever is written meanwhile: each round either dates some of a
 * fixed number of documents, or looks at twice as many. The documents that are left afterwards are counted and
 * reported.
 */
const dateInTurns = async (
  target: PlannedTarget,
  { index, form }: DatableIndex,
  { criteria, dateWriter, ingestedAt, assertLeased, onDated: reportDated }: DatingOrder,
  count: Count,
): Promise<void> => {
  const undated = index.counts === undefined ? 0 : undatedOf(index.counts);
  const onDated = (documents: number): void => {
    count.written += documents;
    reportDated(documents);
  };
  const isFlat = index.description.flat?.has(criteria.ingestedField) === true;
  let bound = sliceDocuments(target);
  while (count.written < undated) {
    const before = count.written;
    const batch = await dateWriter.dateUndatable(target, criteria, ingestedAt, { form, isFlat }, bound, {
      leaving: count.leaving,
      assertLeased,
      onDated,
    });
    count.passedOver = Math.max(count.passedOver, batch.passedOver);
    if (batch.failure !== undefined) count.failure = batch.failure;
    // A failure ends a request before its bound. The next request continues, as long as documents are still being
    // dated.
    const stillApplies = batch.failure === undefined ? batch.full : count.written > before;
    if (!stillApplies) return;
    bound = Math.max(bound, 2 * batch.passedOver);
  }
};

const notDated = (index: string, why: Explanation): Finding => ({
  code: 'not-dated',
  severity: 'blocking',
  index,
  ...why,
});

const leftFinding = (name: string, documents: number): Finding =>
  notDated(name, {
    expected: 'documents that do not change, except for the date, when they are written again',
    found: `${number(documents)} with a number that would be written differently (1.10 as 1.1), or with a text that is not valid Unicode`,
    fix: 'Write a date into these documents yourself, from their source. Or delete them by hand, if you know that they are older than the promise allows.',
  });

const ofDocuments = (name: string, field: string, { passedOver, leaving, failure }: Count): readonly Finding[] => [
  ...(leaving.length > 0 ? [leftFinding(name, leaving.length)] : []),
  ...(passedOver > 0
    ? [
        notDated(name, {
          expected: `documents to which "${field}" can be added`,
          found: `${number(passedOver)} with a single value where "${field}" needs an object, or with an object in its place`,
          fix: 'Store that value under another name (a single value may also become an object), and run backfill-dates again. Or delete these documents by hand, if you know that they are older than the promise allows.',
        }),
      ]
    : []),
  ...(failure !== undefined
    ? [
        notDated(name, {
          expected: 'documents that the index accepts when they are written again',
          found: failure,
          fix: `The mapping of ${name} no longer accepts them. Change the mapping so that it accepts them (GET /${name}/_mapping shows it), and run backfill-dates again. Or delete these documents by hand, if you know that they are older than the promise allows.`,
        }),
      ]
    : []),
];

const changed = (index: string, found: string): TransientError =>
  new TransientError('mapping-changed', {
    expected: `${index} as it was when it was counted`,
    found,
    fix: 'No more documents are dated there. Run the command again: it counts them again.',
  });

/**
 * Maps the ingested field if it is not mapped yet.
 * @returns the target with the present mapping.
 */
const mapped = async (target: PlannedTarget, { index }: DatableIndex, order: DatingOrder): Promise<PlannedTarget> => {
  if (index.usable.ingested) return target;
  const { name, uuid, read } = target;
  const { criteria, dateWriter, store, category } = order;
  await dateWriter.mapIngested(name, criteria.ingestedField);
  const described = (await store.describe([name], read.fields)).find((each) => each.uuid === uuid);
  const now = described && usableFieldsOf(described, category);
  // The mapping may also have changed in another way.
  if (described === undefined || now?.ingested !== true || now.timestamp !== target.usable.timestamp)
    throw changed(name, MAPPING_CHANGED);
  return { ...target, usable: now, read: described.read };
};

/** Maps the field, writes dates, and reads them back. An error that concerns this index alone becomes an obstacle. */
const dateAndCount = async (
  open: DatableIndex,
  planned: PlannedTarget,
  order: DatingOrder,
  isOfIt: IsOfIndex,
): Promise<Dated> => {
  const { criteria, dateWriter, ingestedAt } = order;
  const { name } = planned;
  const count: Count = { written: 0, passedOver: 0, leaving: [] };
  const obstacles: Finding[] = [];
  let before: number | undefined;
  let after: number | undefined;
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!isOfIt(error)) throw error;
      obstacles.push(notDated(name, error.explanation));
    }
  };
  await attempt(async () => {
    let target = planned;
    const assertLeased = async (): Promise<void> => {
      const found = await changedSince(target, order.remover);
      if (found !== undefined) throw changed(name, found);
      await order.assertLeased();
    };
    await assertLeased();
    target = await mapped(target, open, order);
    before = await dateWriter.countDatedAt(target, criteria, ingestedAt);
    count.leaving = await dateWriter.unwritable(target, criteria);
    await dateInTurns(target, open, { ...order, assertLeased }, count);
  });
  if (count.written > 0)
    await attempt(async () => {
      after = await dateWriter.countDatedAt(planned, criteria, ingestedAt);
    });
  const found = before === undefined || after === undefined ? 0 : Math.max(0, after - before);
  const dated = Math.min(count.written, found);
  return {
    dated,
    notTaken: count.written - dated,
    obstacles: [...ofDocuments(name, criteria.ingestedField, count), ...obstacles],
  };
};

/**
 * Dates the undatable documents of one index. An error that concerns this index alone becomes an obstacle, and does not
 * end the order.
 * @throws RetentionError from `assertLeased`, and any error that every other index would meet too.
 */
export const dateIndex = (open: DatableIndex, order: DatingOrder): Promise<Dated> => {
  const { description } = open.index;
  const { name, uuid, primaries, resultWindow, read } = description;
  const target: PlannedTarget = {
    name,
    uuid,
    primaries,
    read,
    usable: usableWithIngested(open.index, order.criteria.ingestedField),
    ...(resultWindow !== undefined && { resultWindow }),
  };
  let lost: unknown;
  const assertLeased = (): Promise<void> =>
    order.assertLeased().catch((error) => {
      lost = error;
      throw error;
    });
  return dateAndCount(
    open,
    target,
    { ...order, assertLeased },
    (error): error is RetentionError => error instanceof RetentionError && error !== lost && !ENDING.has(error.code),
  );
};
