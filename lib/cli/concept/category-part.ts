import { count } from '../output/format.ts';
import { type Block, type Content, categoryHeading, lacking, paragraph, table, toEvidence } from './blocks.ts';
import type { ConceptCategory, PracticeStatement } from './concept-data.ts';

/** A text of the policy; without one, the key under which it would stand. */
export const said = (text: string | undefined, key: string): Content => text ?? lacking(`not in the policy: ${key}`);

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;

const limitText = ({ guard: { maxShare, maxAccountShare, minAccounts }, isErased }: ConceptCategory): string => {
  const documents = `One run may delete at most ${percent(maxShare)} of the documents. Those that an earlier run has announced are not counted.`;
  if (!isErased) return documents;
  return `${documents} It may erase at most ${percent(maxAccountShare)} of the accounts, but always ${count(minAccounts, 'account', 'accounts')}.`;
};

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

const ruleRows = ({ rules }: ConceptCategory): readonly (readonly [string, Content])[] =>
  rules.length === 0
    ? [['Deletion rule', lacking('no rule in the policy: nothing is deleted')]]
    : rules.flatMap((rule) => [
        ['Starting point (Startzeitpunkt)', `${sentence(rule.start)} ${rule.startIs}`.trimEnd()] as const,
        ['Regular deletion period (Regellöschfrist)', `${sentence(rule.period)} ${rule.margin}`.trimEnd()] as const,
        ['Deletion class (Löschklasse)', rule.deletionClass] as const,
      ]);

const RECORDS = {
  dated: 'Each document records something that happened.',
  'current-state': 'Each document says how things are now.',
} as const;

const factRows = (data: ConceptCategory): readonly (readonly Content[])[] => {
  const { category, promise, fields, interpretations, dateDecisions } = data;
  return [
    ['Id', category],
    ['Data objects', said(fields?.join('; '), 'fields')],
    ['Data subjects', said(data.dataSubjects, 'dataSubjects')],
    ['Purpose', said(data.purpose, 'purpose')],
    ['Legal basis', said(data.legalBasis, 'legalBasis')],
    ['Promise', `“${promise.quote}” (${promise.source}, ${promise.sourceDate})`],
    ...ruleRows(data),
    ...interpretations.map(({ reading, decidedBy, decidedOn }) => [
      'How the promise is read',
      `${reading} (${decidedBy}, ${decidedOn})`,
    ]),
    ...dateDecisions.map(({ indices, date, reason, decidedBy, decidedOn }) => [
      'Exception: which date counts',
      `${indices.join(', ')}: ${date}. ${reason} (${decidedBy}, ${decidedOn})`,
    ]),
    ['Exception: limits of a run', limitText(data)],
    ['Implementation', `Schedule: ${data.schedule}. Each run deletes in ${data.indices.join(', ')}, and counts again.`],
    ['Kind of records', RECORDS[data.records]],
  ];
};

const practiceRow = (practice: PracticeStatement): readonly Content[] => {
  if ('missing' in practice) return [practice.about, lacking(practice.missing), '–'];
  const { about, found, evidence } = practice;
  return [about, found, toEvidence(evidence)];
};

/** One type of data: what the policy says of it, and what happens in practice. */
export const categoryPart = (data: ConceptCategory): readonly Block[] => [
  categoryHeading(data.category),
  paragraph({ strong: data.title }),
  table(`Rule of ${data.category}`, ['Term', 'By the policy'], factRows(data)),
  paragraph('In practice:'),
  table(`Practice of ${data.category}`, ['Subject', 'Found', 'Evidence'], data.practice.map(practiceRow)),
];
