import { InputError, RefusedError, TransientError } from '../base/errors.ts';
import type { AgeCriteria } from '../criteria/due-criteria.ts';
import type { Finding } from '../criteria/finding.ts';
import { type Instant, isoInstant } from '../policy/time/instant.ts';
import { clockRefusal } from '../purge/clocks.ts';
import { keepLease } from '../purge/lease.ts';
import type { Plan, PlannedIndex } from '../purge/plan.ts';
import { type Ports, type PurgeRun, planPurge } from '../purge/purge.ts';
import { undatedOf, unseenFinding } from '../rules/dates/date-findings.ts';
import { backfillObstacle } from './backfill-obstacle.ts';
import { type DatableIndex, type Dated, dateIndex } from './date-index.ts';
import type { DateWriter } from './date-writer.ts';

/** The found and dated documents of the whole category, or of the one named index. */
export interface BackfillResult {
  /** Number of examined indices. */
  readonly indices: number;
  readonly undatable: number;
  /** The undatable documents in indices that can be written to. */
  readonly datable: number;
  /** Documents that were read back with the requested date; 0 in a dry run. */
  readonly dated: number;
  /** Documents that were written but do not have that date. */
  readonly notTaken: number;
  /** Documents that are still undatable afterwards; equal to `undatable` in a dry run. */
  readonly left: number;
  /** Indices in which documents could not be counted. */
  readonly uncounted: readonly string[];
  /** Why an index with undatable documents was not dated, or not completely. */
  readonly obstacles: readonly Finding[];
  readonly ingestedAt: string;
}

/** The request of a person. */
export interface BackfillOrder {
  readonly ingestedAt: Instant;
  /** Only this index. Absent: all indices of the category. */
  readonly index?: string;
}

const checkInstant = (ingestedAt: Instant, earliest: Instant, now: Instant): void => {
  if (ingestedAt >= earliest && ingestedAt <= now) return;
  throw new InputError('bad-instant', {
    expected: `an instant between the policy's earliest (${isoInstant(earliest)}) and now (${isoInstant(now)})`,
    found: isoInstant(ingestedAt),
    fix: 'Give an instant at which all these documents were certainly in the cluster.',
  });
};

/** @throws InputError `no-such-index` when the category has no index of that name. */
const chosenOf = ({ indices, category }: Plan, name: string | undefined): readonly PlannedIndex[] => {
  if (name === undefined) return indices;
  const chosen = indices.filter(({ description }) => description.name === name);
  if (chosen.length > 0) return chosen;
  throw new InputError('no-such-index', {
    expected: `one of the ${indices.length} indices of ${category.id} after --index`,
    found: `"${name}"`,
    fix: `node bin/es-retention.mjs plan --category ${category.id} lists them.`,
  });
};

const undatableIn = (indices: readonly PlannedIndex[]): number =>
  indices.reduce((sum, { counts }) => sum + (counts?.undatable ?? 0), 0);

const undatedIn = (indices: readonly PlannedIndex[]): number =>
  indices.reduce((sum, { counts }) => sum + (counts === undefined ? 0 : undatedOf(counts)), 0);

/**
 * Finds documents that have or may have their own date in `_source` alone. Such a date needs no backfill, and must not
 * be overwritten.
 */
const unseenIn = (chosen: readonly PlannedIndex[], { category }: Plan): readonly Finding[] =>
  chosen.flatMap(({ description, counts: { unseen = 0 } = {} }) =>
    unseen === 0 ? [] : [{ ...unseenFinding(description, category, unseen), code: 'not-dated' as const }],
  );

const criteriaOf = ({ criteria: { age }, category }: Plan): AgeCriteria => {
  if (age !== undefined) return age;
  throw new InputError('no-age-rule', {
    expected: 'a category with an age rule',
    found: `"${category.id}", which has none`,
    fix: 'Nothing there needs a date.',
  });
};

/** Sorts the indices with undatable documents: indices that can be written to, and obstacles for the others. */
const weigh = async (
  plan: Plan,
  chosen: readonly PlannedIndex[],
  dateWriter: DateWriter,
): Promise<{ readonly open: readonly DatableIndex[]; readonly obstacles: readonly Finding[] }> => {
  const holding = chosen.filter((index) => undatedIn([index]) > 0);
  const names = holding.map(({ description }) => description.name);
  const facts = names.length === 0 ? undefined : await dateWriter.examine(names, criteriaOf(plan).ingestedField);
  const open: DatableIndex[] = [];
  const obstacles: Finding[] = [...unseenIn(chosen, plan)];
  for (const index of holding) {
    const known = facts?.get(index.description.name);
    const obstacle = backfillObstacle(index, plan, known);
    if (obstacle !== undefined) obstacles.push(obstacle);
    else if (known?.form !== undefined) open.push({ index, form: known.form });
  }
  return { open, obstacles };
};

/** @throws RefusedError if our clock and the cluster's disagree: it is unknown which one is right. */
const checkClocks = ({ criteria, totals }: Plan): void => {
  const refusal = clockRefusal(criteria.clocks, totals.undatable > 0);
  if (refusal === undefined) return;
  const { code, ...explanation } = refusal;
  throw new RefusedError(code, explanation);
};

/** @throws RefusedError if a legal hold, or controls that cannot be read, may require that documents stay unchanged. */
const checkHolds = ({ criteria: { held, controls }, category }: Plan): void => {
  if (held === undefined && controls?.unread === undefined) return;
  throw new RefusedError('on-hold', {
    expected: `no legal hold in "${category.id}", because a date is written by changing documents`,
    found: held === undefined ? 'that its holds could not be read' : `${held.holds.length}`,
    fix: 'Wait for the release (node bin/es-retention.mjs holds). Nothing was written.',
  });
};

/** Adds to an error the number of documents that were written before it. */
const afterWriting = (error: unknown, written: number): unknown => {
  if (written === 0 || !(error instanceof TransientError || error instanceof InputError)) return error;
  const { expected, found, fix } = error.explanation;
  const explanation = {
    expected,
    found,
    fix: `${fix} Documents that were dated before and stay dated: ${written}.`,
  };
  return error instanceof TransientError
    ? new TransientError(error.code, explanation)
    : new InputError(error.code, explanation);
};

/**
 * Writes `ingestedAt` into the ingested field of each document that neither field dates, so that it ages out from that
 * instant. A person vouches for the instant. Deletes nothing. Does not write into an index where this would lose or
 * change other content. Counts a document as dated only after reading it back. An obstacle in one index does not stop
 * the others.
 * @throws InputError if the instant is in the future or before the policy's earliest, if the category has no age rule,
 *   or if no index has that name.
 * @throws RefusedError if the clocks are too far apart.
 */
export const backfillDates = async (
  run: Omit<PurgeRun, 'trigger' | 'cluster' | 'budget'>,
  ports: Ports & { readonly dateWriter: DateWriter },
  { ingestedAt, index: name }: BackfillOrder,
): Promise<BackfillResult> => {
  checkInstant(ingestedAt, run.policy.earliest, ports.clock());
  const lease = await ports.leases.acquire(run.category.id, run.runId);
  let written = 0;
  try {
    const plan = await planPurge(run, ports);
    checkClocks(plan);
    checkHolds(plan);
    checkInstant(ingestedAt, run.policy.earliest, plan.plannedAt);
    const criteria = criteriaOf(plan);
    const chosen = chosenOf(plan, name);
    const { open, obstacles } = await weigh(plan, chosen, ports.dateWriter);
    await keepLease(lease);

    const { dateWriter, store, remover } = ports;
    const onDated = (documents: number): void => {
      written += documents;
    };
    const done: Dated[] = [];
    const order = { criteria, ingestedAt, category: run.category };
    if (!run.dryRun && run.policy.mode === 'enforce')
      for (const index of open)
        done.push(
          await dateIndex(index, { ...order, dateWriter, store, remover, assertLeased: lease.assertLeased, onDated }),
        );

    const names = new Set(chosen.map(({ description }) => description.name));
    const after = (await planPurge(run, ports)).indices.filter(
      ({ description }) => name === undefined || names.has(description.name),
    );
    return {
      indices: chosen.length,
      undatable: undatableIn(chosen),
      datable: undatedIn(open.map(({ index }) => index)),
      dated: done.reduce((sum, { dated }) => sum + dated, 0),
      notTaken: done.reduce((sum, { notTaken }) => sum + notTaken, 0),
      left: undatableIn(after),
      uncounted: after.flatMap(({ counts, description }) => (counts === undefined ? [description.name] : [])),
      obstacles: [...obstacles, ...done.flatMap((each) => each.obstacles)],
      ingestedAt: isoInstant(ingestedAt),
    };
  } catch (error) {
    throw afterWriting(error, written);
  } finally {
    await lease.release();
  }
};
