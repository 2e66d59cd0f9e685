import type { Receipt, ReceiptCategory, ReceiptRequest } from '../../erasure/receipts/receipt.ts';
import { describeDuration } from '../../policy/time/duration.ts';
import { count, number } from '../output/format.ts';
import type { Page } from '../output/page.ts';
import type { Table } from '../output/table-lines.ts';
import type { Text } from '../output/text.ts';

/** The results of the check of a receipt, beside its content. */
export interface Checked {
  readonly kid: string;
  readonly thumbprint: string;
  readonly hash: string;
  readonly subject: 'matches' | 'differs' | 'not-checked';
  readonly receipt: Receipt;
}

const heading = (text: string): Page => ['', { text, style: 'bold' }];

const fields = (rows: readonly (readonly [string, Text])[]): Page =>
  rows.map(([name, value]): Text => [{ text: `  ${name.padEnd(14)}`, style: 'dim' }, ...[value].flat()]);

const items = (lines: readonly string[]): Page => lines.map((line) => `  - ${line}`);

const documentsErased = ({ categories }: Receipt): number =>
  categories.reduce((sum, category) => sum + category.documentsErased, 0);

/** `account erased from 1 category, 12 documents` */
export const doneClause = (receipt: Receipt): string => {
  const { scope } = receipt.request;
  const erased = receipt.categories.filter(({ outcome }) => outcome === 'erased');
  if (erased.length === 0)
    return `${scope}: nothing found in ${count(receipt.categories.length, 'category', 'categories')}`;
  const documents = count(documentsErased(receipt), 'document', 'documents');
  return `${scope} erased from ${count(erased.length, 'category', 'categories')}, ${documents}`;
};

const latestOf = (categories: readonly ReceiptCategory[]): number =>
  Math.max(...categories.map(({ verifiedAt }) => Date.parse(verifiedAt)));

/** `in time`, `3 h late` */
const timeClause = ({ keptInTime, categories, request }: Receipt): string => {
  if (keptInTime) return 'in time';
  const late = latestOf(categories) - Date.parse(request.eraseBy);
  return `${describeDuration(late)} late`;
};

/** The content of a valid receipt in one line. */
export const receiptSummary = ({ kid, receipt, subject }: Checked): string => {
  const says = `signed by kid ${kid} · ${doneClause(receipt)}, ${timeClause(receipt)}`;
  return subject === 'differs' ? `Not about that subject: valid, ${says}` : `Valid: ${says}`;
};

const SUBJECT: Readonly<Record<Checked['subject'], Text>> = {
  matches: { text: 'the one that was named', style: 'green' },
  differs: { text: 'not the one that was named, or not with that opening', style: 'red' },
  'not-checked': 'not checked: --uin and --opening tell whether it is about an account',
};

const requestFields = (request: ReceiptRequest): Page =>
  fields([
    ['request', request.id],
    ['because', `${request.trigger}, one ${request.scope}${request.immediate ? ', to be erased at once' : ''}`],
    ['terminated', request.terminatedAt],
    ['received', request.receivedAt],
    ['erase from', request.eraseFrom],
    ['erase by', request.eraseBy],
  ]);

const promiseLines = ({ promises }: Receipt): Page =>
  promises.flatMap(({ title, quote, source, sourceDate, deadline }) => [
    `  ${title}: within ${deadline}`,
    { text: `    “${quote}” (${source}, ${sourceDate})`, style: 'dim' },
  ]);

const categoriesTable = ({ categories }: Receipt): Table => ({
  columns: [
    { title: 'Category' },
    { title: 'Outcome' },
    { title: 'Erased', right: true },
    { title: 'Left', right: true },
    { title: 'New use kept', right: true },
    { title: 'First erased' },
    { title: 'Verified' },
    { title: 'Searched' },
  ],
  rows: categories.map((category) => [
    category.category,
    category.outcome,
    number(category.documentsErased),
    number(category.documentsLeft),
    number(category.newUseKept),
    category.firstErasedAt ?? '–',
    category.verifiedAt,
    `${category.patterns.join(', ')} (${count(category.indices, 'index', 'indices')})`,
  ]),
});

/** Explains the numbers of the table. */
const COUNTED =
  'Erased: counted before, and not found after. Left: found by the count after a refresh that closed the erasure.';

const notProven = ({ kid, subject, receipt: { stages } }: Checked): readonly string[] => [
  'That the data is gone: it proves that the holder of the key stated so, and that nobody has changed a character since.',
  `Whose key ${kid} is: compare its thumbprint with one that its owner published.`,
  "When it was signed: the instants are those of the issuer's clocks.",
  ...(stages.segmentFiles === 'not examined' ? ['That the bytes are gone from the disks: that was not examined.'] : []),
  ...(stages.snapshots === 'not examined' ? ['That backups no longer hold it: that was not examined.'] : []),
  ...(subject === 'not-checked' ? ['Whose data it is about: that needs the account and the opening.'] : []),
];

/** A receipt for people: the summary comes first, and what it does not prove comes last. */
export const receiptPage = (checked: Checked): Page => {
  const { receipt, kid, thumbprint, hash, subject } = checked;
  const { cluster, stages } = receipt;
  return [
    { text: receiptSummary(checked), style: 'bold' },
    '',
    ...fields([
      ['key', `${kid}, thumbprint ${thumbprint}`],
      ['issued', receipt.issuedAt],
      ['subject', SUBJECT[subject]],
      ['this receipt', `sha256 ${hash}`],
      ['adds to', receipt.previous === null ? 'no earlier receipt' : `the receipt with sha256 ${receipt.previous}`],
    ]),
    ...heading('What was asked'),
    ...requestFields(receipt.request),
    ...heading('What was promised'),
    ...promiseLines(receipt),
    ...heading('What was done'),
    categoriesTable(receipt),
    { text: `  ${COUNTED}`, style: 'dim' },
    ...fields([
      ['cluster', `${cluster.name} (${cluster.uuid}), Elasticsearch ${cluster.version}`],
      ['policy', [...new Set(receipt.categories.map(({ policyVersion }) => policyVersion))].join(', ')],
    ]),
    ...heading('How far it was examined'),
    ...fields([
      ['searches', stages.searchable],
      ['files', stages.segmentFiles],
      ['snapshots', stages.snapshots],
    ]),
    ...heading('What the receipt does not cover'),
    ...items(receipt.notCovered),
    ...heading('What this check does not prove'),
    ...items(notProven(checked)),
  ];
};
