import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { parseSync } from 'oxc-parser';
import { isNode, type SyntaxNode } from './syntax-node.ts';

/** A message in the code, with expected, found and fix. */
export interface Message {
  /** The code in the source, or the codes between which it chooses; absent if only the running program knows it. */
  readonly code?: string;
  readonly expected: string;
  readonly found: string;
  readonly fix: string;
  /** Path relative to the root, with slashes. */
  readonly file: string;
}

const UNKNOWN = '…';

/** Values whose names in the code mean nothing to a reader. Names that are not listed are shown as words. */
const READER_WORDS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    (
      'blocks count documents due error_count failed left leftBehind length more others ownerless overdue passedOver ' +
      'notCopied primaries records size subjects total undatable unexamined version_conflicts written'
    )
      .split(' ')
      .map((name) => [name, 'number']),
  ),
  _id: 'lease',
  at: 'place',
  audit: 'audit function',
  categoryId: 'category',
  doing: 'request',
  earliest: 'date',
  enforceCluster: 'uuid',
  entry: 'entry id',
  dueWord: 'expired / to be erased',
  expiresAt: 'time',
  from: 'source',
  held: 'account / application',
  heldBy: 'other mapping',
  here: 'file',
  iso: 'duration',
  kept: 'id',
  kid: 'key version',
  lock: 'lock file',
  log: 'event log',
  lossySource: 'setting',
  near: 'similar word',
  nearest: 'similar word',
  obstacle: 'block',
  oldest: 'date',
  other: 'other name',
  own: 'index',
  rebuild: 'index',
  same: 'other field',
  to: 'destination',
};

/** Names of texts that only the running program knows: a whole clause, not one value. */
const CLAUSES = new Set(
  (
    'apart between code expected failure fault fix flaw found instead message missing note reason shifting since ' +
    'strange way what where why zone'
  ).split(' '),
);

const words = (name: string): string =>
  READER_WORDS[name] ?? name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();

/** The text of an expression, as far as the code shows it. */
class Texts {
  readonly #constants: ReadonlyMap<string, unknown>;

  /** @param constants expressions by the name of the constant that has their value. */
  constructor(constants: ReadonlyMap<string, unknown>) {
    this.#constants = constants;
  }

  /** The text of an expression. */
  of(node: unknown): string {
    if (!isNode(node)) return UNKNOWN;
    switch (node.type) {
      case 'Literal':
        return String(node.value);
      case 'TemplateLiteral': {
        const values = node.expressions as readonly unknown[];
        const pieces = node.quasis as readonly { readonly value: { readonly cooked: string } }[];
        return pieces
          .map(({ value }, at) => value.cooked + (at < values.length ? this.#inserted(values[at]) : ''))
          .join('');
      }
      case 'ConditionalExpression':
        return `${this.of(node.consequent)} / ${this.of(node.alternate)}`;
      case 'BinaryExpression':
        return this.of(node.left) + this.of(node.right);
      case 'Identifier':
        return this.#constant(String(node.name)) ?? UNKNOWN;
      default:
        return UNKNOWN;
    }
  }

  /** The text that stands for a value: the value of a constant, or a word in angle brackets. */
  #inserted(node: unknown): string {
    if (!isNode(node)) return UNKNOWN;
    if (node.type === 'MemberExpression' && isNode(node.property)) return this.#inserted(node.property);
    if (node.type !== 'Identifier') return UNKNOWN;
    const name = String(node.name);
    return this.#constant(name) ?? (CLAUSES.has(name) ? UNKNOWN : `<${words(name)}>`);
  }

  #constant(name: string): string | undefined {
    return /^[A-Z][A-Z_]+$/.test(name) && this.#constants.has(name) ? this.of(this.#constants.get(name)) : undefined;
  }
}

const nodesIn = (value: unknown): readonly SyntaxNode[] => (value as readonly unknown[]).filter(isNode);

const nameOf = (node: unknown): string => (isNode(node) ? String(node.name) : '');

/** The constants that a file declares, by name. */
const declaredIn = (program: SyntaxNode): ReadonlyMap<string, unknown> =>
  new Map(
    nodesIn(program.body)
      .map((statement) => (isNode(statement.declaration) ? statement.declaration : statement))
      .filter(({ type }) => type === 'VariableDeclaration')
      .flatMap(({ declarations }) => nodesIn(declarations))
      .map(({ id, init }) => [nameOf(id), init] as const),
  );

/** The constants that a file declares, and the constants that it imports from our other files. */
const constantsOf = (file: string, program: SyntaxNode): ReadonlyMap<string, unknown> => {
  const imported = nodesIn(program.body).flatMap((statement) => {
    const source = isNode(statement.source) ? String(statement.source.value) : '';
    if (statement.type !== 'ImportDeclaration' || !source.startsWith('.')) return [];
    const theirs = declaredIn(parsed(join(dirname(file), source)));
    return nodesIn(statement.specifiers).map(
      ({ local, imported: there }) => [nameOf(local), theirs.get(nameOf(there))] as const,
    );
  });
  return new Map([...imported, ...declaredIn(program)]);
};

const parsed = (file: string): SyntaxNode =>
  parseSync(file, readFileSync(file, 'utf8')).program as unknown as SyntaxNode;

const propertiesOf = (node: SyntaxNode): ReadonlyMap<string, unknown> =>
  new Map(
    (node.properties as readonly unknown[]).flatMap((each) =>
      isNode(each) && isNode(each.key) ? [[String(each.key.name ?? each.key.value), each.value] as const] : [],
    ),
  );

/** The code beside the explanation, or before it in the same call. */
const codeOf = (own: ReadonlyMap<string, unknown>, around: readonly SyntaxNode[], texts: Texts): string | undefined => {
  const beside = own.get('code') ?? (around.at(-1)?.arguments as readonly unknown[] | undefined)?.[0];
  const code = texts.of(beside);
  return /^[a-z]+(-[a-z]+)*( \/ [a-z]+(-[a-z]+)*)*$/.test(code) ? code : undefined;
};

const messageOf = (
  node: SyntaxNode,
  around: readonly SyntaxNode[],
  file: string,
  texts: Texts,
): Message | undefined => {
  if (node.type !== 'ObjectExpression') return undefined;
  const own = propertiesOf(node);
  if (!own.has('expected') || !own.has('fix')) return undefined;
  const code = codeOf(own, around, texts);
  const text = (name: string): string => texts.of(own.get(name));
  const message = { expected: text('expected'), found: text('found'), fix: text('fix'), file };
  return code === undefined ? message : { code, ...message };
};

const messagesUnder = (
  node: unknown,
  around: readonly SyntaxNode[],
  file: string,
  texts: Texts,
): readonly Message[] => {
  if (Array.isArray(node)) return node.flatMap((each) => messagesUnder(each, around, file, texts));
  if (!isNode(node)) return [];
  const own = messageOf(node, around, file, texts);
  const parts = Object.values(node).filter((part) => typeof part === 'object');
  return [
    ...(own === undefined ? [] : [own]),
    ...parts.flatMap((part) => messagesUnder(part, [...around, node], file, texts)),
  ];
};

/**
 * Whether a place has its own words, and does not only pass on the words of another place. Without a code, these words
 * must be in the expected text or in the fix.
 */
const saysSomething = ({ code, expected, found, fix }: Message): boolean =>
  [expected, fix, ...(code === undefined ? [] : [found])].some((text) =>
    /[A-Za-z]{3} ?[A-Za-z]/.test(text.replaceAll(/<[^>]*>/g, '')),
  );

const messagesIn = (root: string, name: string): readonly Message[] => {
  const file = join(root, name);
  const program = parsed(file);
  const texts = new Texts(constantsOf(file, program));
  return messagesUnder(program, [], name.split(sep).join('/'), texts).filter(saysSomething);
};

/** Every message of the product, by code. Messages without a code come last. */
export const messagesOf = (root: string): readonly Message[] =>
  ['lib', 'deploy']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    )
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .flatMap((name) => messagesIn(root, name))
    .sort((a, b) => (a.code ?? '~').localeCompare(b.code ?? '~', 'en'));

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');

const row = ({ code, expected, found, fix }: Message): string =>
  `| ${[...(code === undefined ? [] : [`\`${code}\``]), ...[expected, found, fix].map(cell)].join(' | ')} |`;

const table = (messages: readonly Message[], columns: readonly string[]): readonly string[] => [
  `| ${columns.join(' | ')} |`,
  `| ${columns.map(() => '---').join(' | ')} |`,
  ...messages.map(row),
  '',
];

/** Groups of the messages without a code here, by the beginning of their files' names. */
const WITHOUT_CODE = [
  {
    files: 'lib/policy/',
    heading: 'Problems of the policy',
    text: 'A problem of the policy has no code. The message names the file, the line and the key.',
  },
  {
    files: 'lib/maintenance/',
    heading: 'Why a document is not dated',
    text: '`backfill-dates` names these as the finding `not-dated`, if it does not name another code.',
  },
  {
    files: '',
    heading: 'Messages with different codes',
    text: 'Only the running program knows the code of such a message. Look for the words of the message.',
  },
] as const;

const withoutCode = (messages: readonly Message[]): readonly string[] =>
  WITHOUT_CODE.flatMap(({ files, heading, text }) => {
    const own = messages.filter(
      ({ file }) => WITHOUT_CODE.find((each) => file.startsWith(each.files))?.files === files,
    );
    return [`## ${heading}`, '', text, '', ...table(own, ['expected', 'found', 'fix'])];
  });

/** The page docs/messages.md. */
export const messagesPage = (messages: readonly Message[]): string =>
  [
    '# Messages',
    '',
    'Every error and finding says what was expected, what was found, and the fix. This page lists the texts, as `npm run messages` reads',
    'them from the code. `<index>` stands for a value, such as the name of an index, and `…` for words that only the running program knows.',
    '',
    '## Messages by code',
    '',
    ...table(
      messages.filter(({ code }) => code !== undefined),
      ['code', 'expected', 'found', 'fix'],
    ),
    ...withoutCode(messages.filter(({ code }) => code === undefined)),
  ].join('\n');
