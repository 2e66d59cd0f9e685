import type { Counts } from '../../../lib/criteria/counts.ts';
import type { Criteria } from '../../../lib/criteria/due-criteria.ts';
import type { IndexDescription } from '../../../lib/criteria/index-description.ts';
import type { Survey, SurveyedIndex } from '../../../lib/criteria/survey-result.ts';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import type { DocumentStore } from '../../../lib/purge/document-store.ts';
import { policyWith } from '../policy/policy-text.ts';

/** A category with a rule of fourteen days over `call-log-*`. */
export const POLICY = parseRetentionPolicy(
  policyWith('mode: observe', 'mode: enforce\ndefaults: { applicationField: sdkAppId }'),
  'policy.yml',
);
// biome-ignore lint/style/noNonNullAssertion: the policy above has it
export const CATEGORY = POLICY.categories.get('call-logs')!;

const keyword = { type: 'keyword', searchable: true, aggregatable: true };
const date = { type: 'date', searchable: true, aggregatable: true };

const FIELDS: IndexDescription['fields'] = new Map([
  ['@timestamp', date],
  ['event.ingested', date],
  ['uin', keyword],
  ['sdkAppId', keyword],
]);

const DIGEST = 'as described';

/** A mapping digest that is the same for every index. */
class Unchanged extends Map<string, string> {
  override get(): string {
    return DIGEST;
  }
}

/** The methods of a store that knows neither the time nor the history of its indices. */
export const NO_PAST: Pick<
  DocumentStore,
  'accounts' | 'fallingDue' | 'operations' | 'templateFields' | 'serverTime' | 'mappings'
> = {
  accounts: async () => undefined,
  fallingDue: async () => [],
  serverTime: async () => undefined,
  operations: async () => new Map(),
  mappings: async () => new Unchanged(),
  templateFields: async () => new Map(),
};

/** Criteria without a rule, with clocks that agree. */
export const AGREEING: Criteria = { clocks: { ours: 0, cluster: 0, skew: 0 } };

/** An ordinary index, open and healthy, with the given changes. */
export const describedIndex = (changes: Partial<IndexDescription> = {}): IndexDescription => ({
  name: 'call-log-1',
  uuid: `uuid of ${changes.name ?? 'call-log-1'}`,
  open: true,
  health: 'green',
  answers: true,
  hidden: false,
  system: false,
  blocks: [],
  aliases: [],
  dataStreamWriteIndex: false,
  primaries: 1,
  fields: FIELDS,
  read: { fields: [], digest: DIGEST },
  ...changes,
});

/** The counts of an index with this number of documents, and of due ones. */
export const counted = (documents: number, due: number, changes: Partial<Counts> = {}): Counts => ({
  documents,
  due,
  overdue: 0,
  undatable: 0,
  aheadOfIngestion: 0,
  behindIngestion: 0,
  ...changes,
});

/** One index of a survey, with an index template. `counts` is undefined if it did not answer. */
export const surveyed = (counts: Counts | undefined, changes: Partial<IndexDescription> = {}): SurveyedIndex => ({
  description: describedIndex(changes),
  usable: { timestamp: true, ingested: true },
  templateFields: new Set(FIELDS.keys()),
  ...(counts === undefined ? {} : { counts }),
  findings: [],
});

export const surveyOf = (...indices: readonly SurveyedIndex[]): Survey => ({ indices });
