import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
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

/** A short name becomes a placeholder. A longer expression is shown itself. */
const inserted = (node: unknown): string => {
  if (!isNode(node)) return UNKNOWN;
  if (node.type === 'Identifier') return `<${String(node.name)}>`;
  if (node.type === 'MemberExpression' && isNode(node.property)) return inserted(node.property);
  return UNKNOWN;
};

/** The known part of an expression's text. */
const textOf = (node: unknown): string => {
  if (!isNode(node)) return UNKNOWN;
  switch (node.type) {
    case 'Literal':
      return String(node.value);
    case 'TemplateLiteral': {
      const values = node.expressions as readonly unknown[];
      const pieces = node.quasis as readonly { readonly value: { readonly cooked: string } }[];
      return pieces.map(({ value }, at) => value.cooked + (at < values.length ? inserted(values[at]) : '')).join('');
    }
    case 'ConditionalExpression':
      return `${textOf(node.consequent)} / ${textOf(node.alternate)}`;
    case 'BinaryExpression':
      return textOf(node.left) + textOf(node.right);
    default:
      return inserted(node);
  }
};

const propertiesOf = (node: SyntaxNode): ReadonlyMap<string, unknown> =>
  new Map(
    (node.properties as readonly unknown[]).flatMap((each) =>
      isNode(each) && isNode(each.key) ? [[String(each.key.name ?? each.key.value), each.value] as const] : [],
    ),
  );

/** The code beside the explanation, or before it in the same call. */
const codeOf = (own: ReadonlyMap<string, unknown>, around: readonly SyntaxNode[]): string | undefined => {
  const beside = own.get('code') ?? (around.at(-1)?.arguments as readonly unknown[] | undefined)?.[0];
  const code = isNode(beside) ? textOf(beside) : UNKNOWN;
  return /^[a-z]+(-[a-z]+)*( \/ [a-z]+(-[a-z]+)*)*$/.test(code) ? code : undefined;
};

const messageOf = (node: SyntaxNode, around: readonly SyntaxNode[], file: string): Message | undefined => {
  if (node.type !== 'ObjectExpression') return undefined;
  const own = propertiesOf(node);
  if (!own.has('expected') || !own.has('fix')) return undefined;
  const code = codeOf(own, around);
  const text = (name: string): string => textOf(own.get(name));
  const message = { expected: text('expected'), found: text('found'), fix: text('fix'), file };
  return code === undefined ? message : { code, ...message };
};

const messagesUnder = (node: unknown, around: readonly SyntaxNode[], file: string): readonly Message[] => {
  if (Array.isArray(node)) return node.flatMap((each) => messagesUnder(each, around, file));
  if (!isNode(node)) return [];
  const own = messageOf(node, around, file);
  const parts = Object.values(node).filter((part) => typeof part === 'object');
  return [
    ...(own === undefined ? [] : [own]),
    ...parts.flatMap((part) => messagesUnder(part, [...around, node], file)),
  ];
};

/** Whether a place has words of its own, and does not only pass on those of another place. */
const saysSomething = ({ expected, found, fix }: Message): boolean =>
  [expected, found, fix].some((text) => !/^(?:…|<\w+>| |\/)*$/.test(text));

const messagesIn = (file: string, text: string): readonly Message[] =>
  messagesUnder(parseSync(file, text).program, [], file).filter(saysSomething);

/** Every message of the product, by code. Those without a code come last. */
export const messagesOf = (root: string): readonly Message[] =>
  ['lib', 'deploy']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    )
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .flatMap((name) => messagesIn(name.split(sep).join('/'), readFileSync(join(root, name), 'utf8')))
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

/** The page docs/messages.md. Pure. */
export const messagesPage = (messages: readonly Message[]): string =>
  [
    '# Messages',
    '',
    'Every error and finding says what was expected, what was found, and the fix. This page lists the texts, as `npm run messages` reads',
    'them from the code. `<name>` stands for a value, `…` for a text that is known only when the program runs.',
    '',
    '## Messages by code',
    '',
    ...table(
      messages.filter(({ code }) => code !== undefined),
      ['code', 'expected', 'found', 'fix'],
    ),
    ...withoutCode(messages.filter(({ code }) => code === undefined)),
  ].join('\n');
