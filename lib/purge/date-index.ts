import type { Instant } from '../policy/instant.ts';
import { undatedOf } from './date-findings.ts';
import { type AgeCriteria, sliceDocuments, type Target } from './document-store.ts';
import { RetentionError } from './errors.ts';
import { datingWithIngested } from './field-mapping.ts';
import type { Finding } from './finding.ts';
import type { PlannedIndex } from './plan.ts';
import type { DocumentSettler } from './settle.ts';
import type { DateForm } from './settle-obstacle.ts';

/** An index into which a date can be written. */
export interface Open {
  readonly index: PlannedIndex;
  readonly form: DateForm;
}

/** What became of the undatable documents of one index. */
export interface Dated {
  /** Documents that were read back with the date. */
  readonly dated: number;
  /** Documents that were written and do not have that date. */
  readonly notTaken: number;
  /** What kept the others from being dated. */
  readonly obstacles: readonly Finding[];
}

/** One person's order, as it is carried out index by index. */
export interface Dating {
  readonly criteria: AgeCriteria;
  readonly settler: DocumentSettler;
  readonly ingestedAt: Instant;
  /** Asked before every write. What it throws ends the whole order. */
  readonly assertHeld: () => Promise<void>;
  /** Hears of documents that were written, as soon as the cluster says so. */
  readonly onDated: (documents: number) => void;
}

/** What ends the whole order, since the next index would meet the same. */
const ENDING = new Set(['no-server', 'wrong-key', 'missing-privilege', 'unsupported-server', 'out-of-time']);

type IsOfIndex = (error: unknown) => error is RetentionError;

interface Count {
  written: number;
  passedOver: number;
  /** Ids of documents that are left as they are: to write them again would change more than the date. */
  leaving: readonly string[];
  /** How documents failed to be written, in the cluster's words. */
  failure?: string;
}

/**
 * Dates in bounded turns. It ends, whatever is written meanwhile or stays undatable: each turn either dates some of a fixed number, or
 * looks at twice as many. What is left after that is counted, and said.
 */
const dateInTurns = async (
  target: Target,
  { index, form }: Open,
  { criteria, settler, ingestedAt, assertHeld, onDated: told }: Dating,
  count: Count,
): Promise<void> => {
  const undated = index.counts === undefined ? 0 : undatedOf(index.counts);
  const onDated = (documents: number): void => {
    count.written += documents;
    told(documents);
  };
  let bound = sliceDocuments(target);
  while (count.written < undated) {
    const before = count.written;
    const batch = await settler.dateUndatable(target, criteria, ingestedAt, form, bound, {
      leaving: count.leaving,
      assertHeld,
      onDated,
    });
    count.passedOver = Math.max(count.passedOver, batch.passedOver);
    if (batch.failure !== undefined) count.failure = batch.failure;
    // A failure ends a request before its bound: another one goes on, as long as that dates something.
    const goesOn = batch.failure === undefined ? batch.full : count.written > before;
    if (!goesOn) return;
    bound = Math.max(bound, 2 * batch.passedOver);
  }
};

const notSettled = (index: string, why: Pick<Finding, 'expected' | 'found' | 'wayOut'>): Finding => ({
  code: 'not-settled',
  severity: 'blocking',
  index,
  ...why,
});

const ofLeft = (name: string, documents: number): Finding =>
  notSettled(name, {
    expected: 'documents that stay as they are, but for the date, when they are written again',
    found: `${documents} with a number that would be written otherwise (1.10 as 1.1), or a text that is no Unicode`,
    wayOut:
      'Write a date into these documents yourself, from where they came; or delete them by hand, if you know that they are older than the promise.',
  });

const ofDocuments = (name: string, field: string, { passedOver, leaving, failure }: Count): readonly Finding[] => [
  ...(leaving.length > 0 ? [ofLeft(name, leaving.length)] : []),
  ...(passedOver > 0
    ? [
        notSettled(name, {
          expected: `documents in which "${field}" has a place`,
          found: `${passedOver} with a single value where "${field}" needs an object, or with an object in its place`,
          wayOut:
            'Write that under another name (a single value may also become an object), and settle again; or delete these documents by hand, if you know that they are older than the promise.',
        }),
      ]
    : []),
  ...(failure !== undefined
    ? [
        notSettled(name, {
          expected: 'documents that the index takes when they are written again',
          found: failure,
          wayOut: `The mapping of ${name} no longer takes them: change it so that it does (GET /${name}/_mapping shows it), and settle again; or delete these documents by hand, if you know that they are older than the promise.`,
        }),
      ]
    : []),
];

/** Maps the field, dates, and reads back. What of it failed for this index alone is an obstacle. */
const dateAndCount = async (open: Open, target: Target, dating: Dating, isOfIt: IsOfIndex): Promise<Dated> => {
  const { index: planned } = open;
  const { criteria, settler, ingestedAt } = dating;
  const { name } = target;
  const count: Count = { written: 0, passedOver: 0, leaving: [] };
  const obstacles: Finding[] = [];
  let before: number | undefined;
  let after: number | undefined;
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!isOfIt(error)) throw error;
      obstacles.push(notSettled(name, error.explanation));
    }
  };
  await attempt(async () => {
    await dating.assertHeld();
    if (!planned.dating.ingested) await settler.mapIngested(name, criteria.ingestedField);
    before = await settler.countDatedAt(target, criteria, ingestedAt);
    count.leaving = await settler.unwritable(target, criteria);
    await dateInTurns(target, open, dating, count);
  });
  if (count.written > 0)
    await attempt(async () => {
      after = await settler.countDatedAt(target, criteria, ingestedAt);
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
 * Dates the undatable documents of one index. What this index alone does not take is an obstacle, and never ends the order.
 * @throws RetentionError what `assertHeld` throws, and what every other index would meet too.
 */
export const dateIndex = (open: Open, dating: Dating): Promise<Dated> => {
  const { description } = open.index;
  const { name, uuid, primaries, resultWindow } = description;
  const target: Target = {
    name,
    uuid,
    primaries,
    dating: datingWithIngested(open.index, dating.criteria.ingestedField),
    ...(resultWindow !== undefined && { resultWindow }),
  };
  let lost: unknown;
  const assertHeld = (): Promise<void> =>
    dating.assertHeld().catch((error) => {
      lost = error;
      throw error;
    });
  return dateAndCount(
    open,
    target,
    { ...dating, assertHeld },
    (error): error is RetentionError => error instanceof RetentionError && error !== lost && !ENDING.has(error.code),
  );
};
