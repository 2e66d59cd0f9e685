import { describeDuration } from '../../policy/time/duration.ts';
import { minute } from '../output/format.ts';
import { type Block, type Content, evidenceHeading, list, paragraph, section, table, toCategory } from './blocks.ts';
import { categoryPart } from './category-part.ts';
import type { ConceptCategory, ConceptData } from './concept-data.ts';
import { recordPart } from './record-part.ts';
import { periodWords } from './rule-words.ts';
import { sourcesPart } from './sources-part.ts';

/** The title of the document, with the instant that it describes. */
export const conceptTitle = ({ at }: Pick<ConceptData, 'at'>): string =>
  `Deletion concept of ${minute(Date.parse(at))} UTC`;

const practiceLine = ({ statements, missing }: ConceptData): string =>
  missing === 0
    ? `Each of the ${statements} statements of practice has evidence younger than a day.`
    : `Of ${statements} statements of practice, ${missing} have no evidence younger than a day: they say MISSING.`;

const aboutPart = (data: ConceptData): readonly Block[] => {
  const { at, policy, asked } = data;
  const from =
    asked === undefined
      ? 'It is made from the policy alone: no server was asked.'
      : `It is made from the policy, and from records of the day before this instant on the cluster ${asked.name} (${asked.uuid}).`;
  return [
    paragraph(`${from} It names no account. `, { strong: practiceLine(data) }),
    paragraph(
      'It uses the published vocabulary of ISO/IEC 27555 and DIN 66398. Neither standard was read, only public summaries (',
      { text: 'sources', to: 'sources' },
      '). It does not claim to conform to a standard, and it is no legal advice.',
    ),
    list([
      `Policy ${policy.version}`,
      policy.mode === 'observe'
        ? ['Mode observe: ', { strong: 'nothing is deleted' }, '; runs only count and report']
        : 'Mode enforce: runs delete what is due',
      `The same document again: add --at ${at} to the command`,
    ]),
  ];
};

const rulesCell = (
  rules: ConceptCategory['rules'],
  word: (rule: ConceptCategory['rules'][number]) => string,
): Content => (rules.length === 0 ? 'no rule: kept without a limit' : rules.map(word).join('; '));

const rulesPart = ({ categories }: ConceptData): readonly Block[] => [
  section('rules', 'Types of data and deletion rules'),
  paragraph(
    'A deletion rule is a starting point and a regular deletion period. The deletion class puts types of data together that have the same of both.',
  ),
  table(
    'Deletion rules',
    ['Type of data', 'Starting point', 'Regular deletion period', 'Rule of'],
    categories.map(({ category, title, rules, promise }) => [
      title,
      rulesCell(rules, ({ start }) => start),
      rulesCell(rules, ({ period }) => period),
      [toCategory(category), `, ${promise.sourceDate}`],
    ]),
  ),
  section('classes', 'Deletion classes'),
  classTable(categories),
];

const classTable = (categories: readonly ConceptCategory[]): Block => {
  const members = categories.flatMap(({ category, rules }) =>
    rules.length === 0
      ? [{ name: 'none: no rule', category }]
      : rules.map(({ deletionClass }) => ({ name: deletionClass, category })),
  );
  return table(
    'Deletion classes',
    ['Deletion class', 'Types of data'],
    [...Map.groupBy(members, ({ name }) => name)].map(([name, own]) => [
      name,
      own.flatMap(({ category }, at) => [...(at === 0 ? [] : [', ']), toCategory(category)]),
    ]),
  );
};

const EXCEPTIONS: readonly Content[] = [
  'Suspension of the deletion: a legal hold keeps the documents of an account, an application, an index or a type of data. A person places it, with a reason and a date of review.',
  'A pause stops the deletion in a type of data for a time. A person orders it. The promise is not kept meanwhile, if something falls due.',
  'A plan that would delete more than its limits is refused. Erasures of too many accounts wait for a person.',
  'In doubt a document stays: without a date that can be believed, or if two accounts are named. The run reports it.',
];

const exceptionsPart = (): readonly Block[] => [
  section('exceptions', 'Exceptions'),
  paragraph('These apply to every type of data. How a promise is read stands with each type of data.'),
  list(EXCEPTIONS),
];

const backupsPart = ({ backups }: ConceptData): readonly Block[] => [
  section('backups', 'Backup copies'),
  paragraph(
    `Snapshots may hold deleted documents for ${periodWords(backups)} more. The regular deletion periods do not include this time. The audit looks for older snapshots, and for copies in other places of the cluster; each type of data has its result. It does not see copies outside the cluster.`,
  ),
];

const evidencePart = ({ evidence, asked, reports }: ConceptData): readonly Block[] => [
  section('evidence', 'Evidence'),
  ...(evidence.length === 0
    ? [paragraph(asked === undefined ? 'None: no server was asked.' : 'None that is younger than a day.')]
    : [
        paragraph(
          `Reports are documents in the index that is named. They are not signed. Statements are signed by the audit, and are in the archive. Both are kept for ${periodWords(reports)}. The command evidence puts them into a zip, with a page on how to check them.`,
        ),
        ...evidence.flatMap(({ id, kind, name, place, madeAt, age, sha256 }): readonly Block[] => [
          evidenceHeading(id),
          paragraph(
            `${kind === 'report' ? 'Report' : 'Signed statement'} ${name} in ${place === 'archive' ? 'the archive' : place}, of ${minute(Date.parse(madeAt))} UTC (${describeDuration(age)} before).${sha256 === undefined ? '' : ` SHA-256 ${sha256}.`}`,
          ),
        ]),
      ]),
];

/** The document, from top to bottom. The same data give the same blocks. */
export const conceptBlocks = (data: ConceptData): readonly Block[] => [
  ...aboutPart(data),
  ...rulesPart(data),
  section('types', 'Each type of data'),
  ...data.categories.flatMap(categoryPart),
  ...exceptionsPart(),
  ...backupsPart(data),
  ...recordPart(data),
  ...evidencePart(data),
  ...sourcesPart(),
];
