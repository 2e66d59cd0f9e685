import type { Category } from '../policy/retention-policy.ts';
import { dateDecisionFor } from './date-field.ts';
import type { Counts, IndexDescription } from './document-store.ts';
import type { Finding } from './finding.ts';

/** More than this share of an index behind its ingestion is no late arrival: somebody stamped its documents anew. */
const RESTAMPED_SHARE = 0.5;

const decide = ({ id }: Category, index: string, dates: string): string =>
  `decide in the policy, under dateDecisions of "${id}", which date counts in ${index} (${dates})`;

const undatable = (index: string, category: Category, documents: number): Finding => ({
  code: 'undatable',
  severity: 'blocking',
  index,
  expected: `every document dated by "${category.timestampField}" or "${category.ingestedField}", not before the policy's "earliest" and not in the future`,
  found: `${documents} that neither field dates`,
  wayOut: `Nothing is deleted on a guess. To have them age out from an instant that you vouch for: node bin/es-retention.mjs settle --category ${category.id} --ingested-at <instant> --execute`,
});

const aheadOfIngestion = (index: string, category: Category, documents: number, isDecided: boolean): Finding => ({
  code: 'ahead-of-ingestion',
  severity: isDecided ? 'notice' : 'blocking',
  index,
  expected: `documents that "${category.timestampField}" keeps no longer than "${category.ingestedField}" and the allowed lateness do`,
  found: `${documents} that it keeps longer: a clock ran ahead`,
  wayOut: isDecided
    ? 'They go by their timestamp, as the policy decides.'
    : `They go by themselves when their timestamp is old enough. To end it before, ${decide(category, index, 'date: ingested has them go now, date: later keeps them')}.`,
});

const behindIngestion = (index: string, category: Category, counts: Counts, isDecided: boolean): Finding => {
  const isRestamped = counts.behindIngestion > counts.documents * RESTAMPED_SHARE;
  const found = `${counts.behindIngestion} of ${counts.documents} documents that "${category.ingestedField}" keeps although "${category.timestampField}" is overdue`;
  return {
    code: 'behind-ingestion',
    severity: isRestamped && !isDecided ? 'blocking' : 'notice',
    index,
    expected: `documents that were ingested when they were dated`,
    found,
    wayOut:
      isRestamped && !isDecided
        ? `So many were probably stamped anew, by a reindex or a pipeline. To end it, ${decide(category, index, 'date: timestamp has them go now, date: later keeps them')}.`
        : 'A clock ran behind, or they arrived late. They go when their ingestion is old enough.',
  };
};

/** What one should know of the dates of one index's documents. */
export const dateFindings = (description: IndexDescription, category: Category, counts: Counts): readonly Finding[] => {
  const { name } = description;
  const isDecided = dateDecisionFor(description, category) !== undefined;
  return [
    ...(counts.undatable > 0 ? [undatable(name, category, counts.undatable)] : []),
    ...(counts.aheadOfIngestion > 0 ? [aheadOfIngestion(name, category, counts.aheadOfIngestion, isDecided)] : []),
    ...(counts.behindIngestion > 0 ? [behindIngestion(name, category, counts, isDecided)] : []),
  ];
};
