import { numberOf, rawFields } from '../../audit/records/raw-records.ts';
import type { Category } from '../../policy/retention-policy.ts';
import { describeDuration } from '../../policy/time/duration.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import { count, minute, number } from '../output/format.ts';
import type { ConceptEvidence, PracticeStatement } from './concept-data.ts';
import {
  type CategoryEvidence,
  type FoundReport,
  type FoundStatement,
  isMissing,
  type Missing,
} from './newest-evidence.ts';
import { periodWords } from './rule-words.ts';

/** What a record says about one subject; or why it says nothing. */
interface Answer<T> {
  readonly about: string;
  readonly found: (record: T) => string | Missing;
}

const codesIn = (codes: readonly string[]): string => [...new Set(codes)].sort().join(', ');

const outcomeText = ({ run: { ended } }: FoundReport): string => {
  const { kept, outcome, finishedAt, refusals, findings } = ended;
  const blocking = findings.filter(({ severity }) => severity === 'blocking').map(({ code }) => code);
  const why = codesIn([...refusals, ...blocking]);
  return `${kept ? 'kept' : 'not kept'}, outcome ${outcome}${why === '' ? '' : ` (${why})`}, at ${minute(finishedAt)} UTC`;
};

const oldestText = ({ run: { ended } }: FoundReport): string =>
  ended.oldestAge === undefined ? 'no document has a believable date' : `${describeDuration(ended.oldestAge)} old`;

const limitsText = ({ run: { ended } }: FoundReport): string => {
  const { documents, due, overdue } = ended.found;
  return `${count(documents, 'document', 'documents')}, of these ${number(due)} due and ${number(overdue)} overdue`;
};

const holdsText = ({ run: { holds = [] } }: FoundReport): string =>
  holds.length === 0 ? 'no legal hold applied' : `${count(holds.length, 'hold', 'holds')} applied: ${holds.join(', ')}`;

const LAST_RUN: Answer<FoundReport> = { about: 'The promise, by the last run', found: outcomeText };
const LIMITS: Answer<FoundReport> = { about: 'Documents past their period', found: limitsText };
const HOLDS: Answer<FoundReport> = { about: 'Suspension of the deletion', found: holdsText };
const OF_AGE: readonly Answer<FoundReport>[] = [
  { about: 'The oldest document', found: oldestText },
  {
    about: 'Documents without a usable date, which no run deletes by age',
    found: ({ run: { ended } }) => number(ended.found.undatable),
  },
];

const breachesOf = ({ fields }: FoundStatement): Readonly<Record<string, unknown>> => rawFields(fields.breaches);

const auditText = (statement: FoundStatement): string => {
  const codes = codesIn(Object.keys(breachesOf(statement)));
  const isKept = statement.fields.isKept === true && codes === '';
  return isKept ? 'no breach' : `breaches: ${codes === '' ? 'not named' : codes}`;
};

const ERASURES: Answer<FoundStatement> = {
  about: 'Erasures of accounts',
  found: ({ fields }) => {
    const figures = rawFields(fields.figures);
    const [open, overdue, closed] = [figures.erasuresOpen, figures.erasuresOverdue, figures.erasuresClosed].map(
      numberOf,
    );
    if (open === undefined || overdue === undefined || closed === undefined)
      return { missing: 'the statement does not count them' };
    return `${number(open)} open, of these ${number(overdue)} overdue; ${number(closed)} closed in the ledger`;
  },
};

/** Says whether the audit found copies of some kinds, or could not look. */
const copiesAnswer = (
  about: string,
  codes: readonly string[],
  places: readonly string[],
  none: string,
): Answer<FoundStatement> => ({
  about,
  found: (statement) => {
    const unseen: readonly unknown[] = Array.isArray(statement.fields.unseen) ? statement.fields.unseen : [];
    const notSeen = places.filter((place) => unseen.includes(place));
    const found = codes.filter((code) => code in breachesOf(statement));
    if (found.length > 0) return `breaches: ${codesIn(found)}`;
    return notSeen.length > 0 ? { missing: `the key of the audit could not look at ${notSeen.join(', ')}` } : none;
  },
});

const COPIES = copiesAnswer(
  'Copies in other places of the cluster',
  ['copied-elsewhere', 'content-in-audit-log', 'content-in-slow-log'],
  ['transforms and rollups', 'settings of the cluster'],
  'none that keeps content of a category against the policy',
);

const AUDIT: Answer<FoundStatement> = { about: 'Promises and records, by the audit', found: auditText };

const backupsAnswer = (backups: string): Answer<FoundStatement> =>
  copiesAnswer(
    'Backup copies',
    ['snapshot-too-old'],
    ['snapshots'],
    `no snapshot with indices of a category is older than ${periodWords(backups)}`,
  );

/** Numbers the evidence of a concept in the order in which it is used first. */
export class EvidenceNumbers {
  readonly #entries = new Map<string, ConceptEvidence>();

  /** The number of a record; the same record has one number. */
  idOf(key: string, entry: Omit<ConceptEvidence, 'id'>): string {
    const known = this.#entries.get(key);
    const id = known?.id ?? `E${this.#entries.size + 1}`;
    if (known === undefined) this.#entries.set(key, { id, ...entry });
    return id;
  }

  get entries(): readonly ConceptEvidence[] {
    return [...this.#entries.values()];
  }
}

const answered = <T extends FoundReport | FoundStatement>(
  record: T | Missing,
  answers: readonly Answer<T>[],
  idOf: (record: T) => string,
): readonly PracticeStatement[] =>
  answers.map(({ about, found }): PracticeStatement => {
    if (isMissing(record)) return { about, missing: record.missing };
    const text = found(record);
    return typeof text === 'object' ? { about, ...text } : { about, found: text, evidence: idOf(record) };
  });

/**
 * The statements of practice about a category.
 * @param at the instant of the concept.
 * @param numbers collects the evidence that the statements quote.
 */
export const practiceOf = (
  { rules }: Pick<Category, 'rules'>,
  backups: string,
  { report, statement }: CategoryEvidence,
  at: Instant,
  numbers: EvidenceNumbers,
): readonly PracticeStatement[] => {
  const common = ({ name, place, madeAt }: FoundReport | FoundStatement) => ({
    name,
    place,
    madeAt: isoInstant(madeAt),
    age: at - madeAt,
  });
  const idOf = (found: FoundReport | FoundStatement): string => {
    const kind = 'run' in found ? ('report' as const) : ('statement' as const);
    const hash = 'sha256' in found ? { sha256: found.sha256 } : {};
    return numbers.idOf(`${found.place}/${found.name}`, { kind, ...common(found), ...hash });
  };
  const ofReport = [LAST_RUN, ...(rules.age === undefined ? [] : OF_AGE), LIMITS, HOLDS];
  const ofStatement = [AUDIT, ...(rules.termination === undefined ? [] : [ERASURES]), backupsAnswer(backups), COPIES];
  return [...answered(report, ofReport, idOf), ...answered(statement, ofStatement, idOf)];
};
