import { type Block, type Content, lacking, paragraph, section, table, toCategory } from './blocks.ts';
import { said } from './category-part.ts';
import type { ConceptCategory, ConceptData } from './concept-data.ts';

/** Who decided how promises are read, each with the types of data. */
const deciders = ({ categories }: ConceptData): readonly (readonly Content[])[] => {
  const decisions = categories.flatMap(({ category, interpretations, dateDecisions }) =>
    [...interpretations, ...dateDecisions].map(({ decidedBy }) => ({ decidedBy, category })),
  );
  return [...Map.groupBy(decisions, ({ decidedBy }) => decidedBy)].map(([decidedBy, own]) => [
    decidedBy,
    [...new Set(own.map(({ category }) => category))].join(', '),
  ]);
};

/** A row about what the policy says beside the rules. */
const processingRow = (
  { processing }: ConceptData,
  entry: string,
  key: keyof ConceptData['processing'],
): readonly Content[] => [entry, said(processing[key], `processing.${key}`)];

const timeLimit = ({ rules }: ConceptCategory): Content =>
  rules.length === 0 ? lacking('no rule in the policy') : rules.map(({ deletionClass }) => deletionClass).join('; ');

const recordRow = (data: ConceptCategory): readonly Content[] => [
  [toCategory(data.category), `: ${data.fields?.join('; ') ?? data.title}`],
  said(data.dataSubjects, 'dataSubjects'),
  said(data.purpose, 'purpose'),
  said(data.legalBasis, 'legalBasis'),
  timeLimit(data),
];

const SECURITY =
  'Each function has a key that opens its own category. Records of erasures hold keyed hashes in place of accounts, copies in the archive are sealed, receipts and statements are signed.';

/** Responsibilities, and the record of processing activities. */
export const recordPart = (data: ConceptData): readonly Block[] => {
  const decided = deciders(data);
  return [
    section('responsibilities', 'Responsibilities'),
    table(
      'Responsibilities',
      ['Role', 'Who'],
      [
        processingRow(data, 'Answers for the rules', 'responsible'),
        processingRow(data, 'Operates the runs, and reads their reports', 'operator'),
      ],
    ),
    ...(decided.length === 0
      ? []
      : [
          paragraph('Who decided how a promise is read, or which date counts:'),
          table('Decisions', ['Decided by', 'Types of data'], decided),
        ]),
    section('record', 'Record of processing activities'),
    paragraph('By Article 30(1) of the GDPR. The letters are those of its list.'),
    table(
      'Record of processing activities',
      ['(c) Personal data', '(c) Data subjects', '(b) Purposes', 'Legal basis', '(f) Time limit for erasure'],
      data.categories.map(recordRow),
    ),
    table(
      'The other entries of the record',
      ['Entry', 'Content'],
      [
        processingRow(data, '(a) Controller', 'controller'),
        processingRow(data, '(a) Representative, where there is one', 'representative'),
        processingRow(data, '(a) Data protection officer, where there is one', 'dataProtectionOfficer'),
        processingRow(data, '(d) Recipients', 'recipients'),
        processingRow(data, '(e) Transfers to third countries, where there are any', 'transfers'),
        processingRow(data, '(g) Security measures', 'security'),
        ['(g) Security measures of the deletion', SECURITY],
      ],
    ),
  ];
};
