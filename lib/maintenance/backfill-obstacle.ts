import { InputError } from '../base/errors.ts';
import type { Explanation } from '../base/explanation.ts';
import type { Finding } from '../criteria/finding.ts';
import { deleteObstacle, liftRequest } from '../criteria/index-blocks.ts';
import type { IndexDescription } from '../criteria/index-description.ts';
import { kindFinding } from '../purge/indices/index-kind.ts';
import { reachFinding } from '../purge/indices/index-reach.ts';
import type { Plan, PlannedIndex } from '../purge/plan.ts';
import { usableWithIngested } from '../rules/field-mapping.ts';

/** The facts that decide whether a document of an index can be written again with a date. */
export interface RewriteFacts {
  /** The setting because of which `_source` is not the whole document: a second write would lose the rest for good. */
  readonly lossySource?: string;
  /** The final pipeline of the index: it runs at every write, may change anything, and cannot be skipped. */
  readonly finalPipeline?: string;
  /** The mapping in the place where the ingested field would be mapped: `"event" mapped as keyword`. */
  readonly heldBy?: string;
  /** Fields into which the date would be copied, and the mapping update that stops the copying. */
  readonly copied?: { readonly to: readonly string[]; readonly without: object };
  /** The format of the ingested field. */
  readonly format: string;
  /** The form in which that format accepts an instant; absent if it accepts none of our forms. */
  readonly form?: DateForm;
}

/** ISO 8601, or a number of milliseconds or seconds. */
export type DateForm = 'iso' | 'epoch_millis' | 'epoch_second';

/** How a date is written into a document. */
export interface DatePlace {
  readonly form: DateForm;
  /**
   * Whether the field is in an object without subobjects. Beside a single value, the field is written under its full
   * name with dots.
   */
  readonly isFlat: boolean;
}

const ofRewriting = (
  name: string,
  field: string,
  { lossySource, finalPipeline, heldBy, copied, format, form }: RewriteFacts,
): Explanation | undefined => {
  if (lossySource !== undefined)
    return {
      expected:
        'an index whose _source contains every document completely, because a date is written by writing the document again',
      found: `${lossySource}: everything that is not in _source would be lost or changed`,
      fix: 'Send these documents again from their source, with a date. Or delete them by hand, if you know that they are older than the promise allows.',
    };
  if (finalPipeline !== undefined)
    return {
      expected:
        'an index without a final pipeline: such a pipeline runs on every write, and may change the date and the document',
      found: `index.final_pipeline "${finalPipeline}"`,
      fix: `Remove it: PUT /${name}/_settings {"index.final_pipeline": "_none"}. Run backfill-dates again, then restore the pipeline.`,
    };
  if (heldBy !== undefined)
    return {
      expected: `a mapping to which "${field}" can be added`,
      found: heldBy,
      fix: `Reindex into an index that maps "${field}" as date, with these documents changed so that they fit, and run backfill-dates again. Or delete them by hand, if you know that they are older than the promise allows.`,
    };
  if (copied !== undefined)
    return {
      expected: `"${field}" mapped without copy_to, because the date must be written into this field only`,
      found: `copy_to ${copied.to.map((target) => `"${target}"`).join(', ')}`,
      fix: `Remove it: PUT /${name}/_mapping ${JSON.stringify(copied.without)}. Run backfill-dates again, then restore copy_to.`,
    };
  if (form === undefined)
    return {
      expected: `"${field}" mapped with a format that takes an ISO 8601 instant, epoch_millis or epoch_second`,
      found: `the format ${format}`,
      fix: `Write a date in that format into these documents yourself, or name another field as ingestedField in the policy.`,
    };
  return undefined;
};

const ofMapping = (index: PlannedIndex, ingestedField: string): Explanation | undefined => {
  try {
    usableWithIngested(index, ingestedField);
    return undefined;
  } catch (error) {
    if (error instanceof InputError) return error.explanation;
    throw error;
  }
};

const ofNumbers = ({ name, unnumbered }: IndexDescription): Explanation | undefined =>
  unnumbered && {
    expected:
      'an index with sequence numbers, so that the cluster notices if somebody else writes a document meanwhile',
    found: 'index.disable_sequence_numbers: what others write at the same moment would be lost',
    fix: `Block writes (PUT /${name}/_block/write), copy the documents into an index without this setting (POST _reindex), delete ${name}, and run backfill-dates again.`,
  };

const ofBlocks = ({ name, blocks }: IndexDescription): Explanation | undefined => {
  const block = deleteObstacle(blocks);
  if (block === undefined) return undefined;
  return {
    expected: 'an index that can be written to',
    found: `index.blocks.${block}`,
    fix:
      block === 'read_only_allow_delete'
        ? 'The disk passed its flood-stage watermark: free some space, and run backfill-dates again.'
        : `Remove the block: ${liftRequest(name, block)}. Run backfill-dates again.`,
  };
};

/**
 * Why no date can be written into the documents of an index: it does not belong to the category, it cannot be written
 * to, or writing would lose or change more than the date. Such an index is not changed. Undefined if a date can be
 * written.
 * @param facts absent if the index did not return them; then nothing is written.
 */
export const backfillObstacle = (
  index: PlannedIndex,
  { category, criteria }: Pick<Plan, 'category' | 'criteria'>,
  facts: RewriteFacts | undefined,
): Finding | undefined => {
  const { description, counts } = index;
  const { name } = description;
  const foreign = reachFinding(description, category.indices) ?? kindFinding(description, counts?.undatable ?? 0);
  if (foreign !== undefined) return foreign;
  const field = criteria.age?.ingestedField ?? category.ingestedField;
  const untold: Explanation = {
    expected: 'an index whose settings and mapping can be read',
    found: 'none',
    fix: 'Look at it with GET /<index>, and run backfill-dates again.',
  };
  const why =
    ofMapping(index, field) ??
    ofBlocks(description) ??
    ofNumbers(description) ??
    (facts === undefined ? untold : ofRewriting(name, field, facts));
  return why && { code: 'not-dated', severity: 'blocking', index: name, ...why };
};
