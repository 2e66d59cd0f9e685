import { isEmptied, type Survey } from '../../criteria/survey-result.ts';
import type { Category } from '../../policy/retention-policy.ts';
import { DAY } from '../../policy/time/duration.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { ReportStore } from '../report/report.ts';

/** An emptied index is dropped after nobody has written to it for this long, in milliseconds. */
const UNCHANGED_FOR = DAY;

/**
 * Marks emptied indices as unchanged if a report that is at least a day old already saw them empty, with the same uuid
 * and number of operations. That number only grows, so nobody has written to them since. A report that cannot be read
 * proves nothing.
 * @param now the instant of the plan.
 */
export const markUnchanged = async (
  surveyed: Survey,
  { operationsBefore }: Pick<ReportStore, 'operationsBefore'>,
  category: Category,
  now: Instant,
): Promise<Survey> => {
  if (!surveyed.indices.some(isEmptied)) return surveyed;
  const before = await operationsBefore(category.id, now - UNCHANGED_FOR).catch(() => new Map<string, number>());
  return {
    ...surveyed,
    indices: surveyed.indices.map((index) =>
      isEmptied(index) && before.get(index.description.uuid) === index.operations
        ? { ...index, isUnchanged: true }
        : index,
    ),
  };
};
