import type { Category, RetentionPolicy } from '../../policy/retention-policy.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import type { ConceptCategory, ConceptData } from './concept-data.ts';
import { type CategoryEvidence, type EvidenceSource, NOTHING_ASKED, newestEvidence } from './newest-evidence.ts';
import { EvidenceNumbers, practiceOf } from './practice.ts';
import { deletionRules } from './rule-words.ts';

/** What a concept is made of. */
export interface ConceptRequest {
  readonly policy: RetentionPolicy;
  readonly categories: readonly Category[];
  /** The instant that it describes. */
  readonly at: Instant;
  /** Where the evidence is; absent: no server is asked. */
  readonly source?: EvidenceSource;
}

const textsOf = ({ title, promise, indices, records, interpretations, dateDecisions, guard, ...others }: Category) => {
  const { fields, dataSubjects, purpose, legalBasis } = others;
  return {
    title,
    promise,
    indices,
    records,
    interpretations,
    dateDecisions,
    guard,
    ...(fields !== undefined && { fields }),
    ...(dataSubjects !== undefined && { dataSubjects }),
    ...(purpose !== undefined && { purpose }),
    ...(legalBasis !== undefined && { legalBasis }),
  };
};

const categoryOf = (
  category: Category,
  evidence: CategoryEvidence,
  { policy, at }: ConceptRequest,
  numbers: EvidenceNumbers,
): ConceptCategory => ({
  category: category.id,
  ...textsOf(category),
  rules: deletionRules(category),
  isErased: category.rules.termination !== undefined,
  schedule: category.schedule.expression,
  practice: practiceOf(category, policy.backups.iso, evidence, at, numbers),
});

/**
 * Collects what a deletion concept says: the policy, and the evidence of the day before an instant. Changes nothing.
 * The same policy, records and instant give the same data.
 * @throws InputError | TransientError if the records cannot be read.
 */
export const collectConcept = async (request: ConceptRequest): Promise<ConceptData> => {
  const { policy, categories, at, source } = request;
  const numbers = new EvidenceNumbers();
  const collected: ConceptCategory[] = [];
  for (const category of categories) {
    const evidence = source === undefined ? NOTHING_ASKED : await newestEvidence(source, category, at);
    collected.push(categoryOf(category, evidence, request, numbers));
  }
  const practice = collected.flatMap((each) => each.practice);
  return {
    at: isoInstant(at),
    policy: { version: policy.version, mode: policy.mode },
    ...(source !== undefined && { asked: { name: source.cluster.name, uuid: source.cluster.uuid } }),
    processing: Object.fromEntries(Object.entries(policy.processing ?? {}).filter(([, text]) => text !== undefined)),
    backups: policy.backups.iso,
    reports: policy.reports.maxAge.iso,
    categories: collected,
    evidence: numbers.entries,
    statements: practice.length,
    missing: practice.filter((each) => 'missing' in each).length,
  };
};
