import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { parseSync } from 'oxc-parser';
import { parse } from 'yaml';
import { isNode, type SyntaxNode } from './syntax-node.ts';

const PAGE = 'architecture.yml';

type Names = readonly string[] | 'any';

interface Part {
  readonly imports?: readonly string[];
  readonly packages?: Names;
  readonly node?: Names;
  readonly touches?: readonly string[];
}

/** The page `architecture.yml`. */
export interface Architecture {
  readonly parts: Readonly<Record<string, Part>>;
  /** The folders of some parts. Each imports only from earlier ones. */
  readonly folders: Readonly<Record<string, readonly string[]>>;
  readonly world: Readonly<Record<string, readonly string[]>>;
}

/** A violation: a file uses or imports a name that the page does not allow. */
export interface Violation {
  /** Path relative to the root, with slashes. */
  readonly file: string;
  readonly line: number;
  /** The violation in words. */
  readonly found: string;
}

/** The checked files, because a check that read no files proves nothing. */
export interface Checked {
  readonly violations: readonly Violation[];
  /** How many files of each part were read. */
  readonly files: Readonly<Record<string, number>>;
}

const nameOf = (value: unknown): string | undefined =>
  isNode(value) && value.type === 'Identifier' ? String(value.name) : undefined;

/** The name that a node uses: `Date.now`, `new Date()`, or a bare name; undefined if it uses none. */
const reachOf = (node: SyntaxNode): string | undefined => {
  if (node.type === 'MemberExpression' && node.computed !== true) {
    const [object, property] = [nameOf(node.object), nameOf(node.property)];
    return object && property && `${object}.${property}`;
  }
  if (node.type === 'NewExpression' && (node.arguments as readonly unknown[]).length === 0)
    return `new ${nameOf(node.callee)}()`;
  return nameOf(node);
};

/** Places of identifiers that do not refer to a value of that name. */
const LABELS: Readonly<Record<string, readonly string[]>> = {
  MemberExpression: ['property'],
  Property: ['key'],
  PropertyDefinition: ['key'],
  MethodDefinition: ['key'],
  TSPropertySignature: ['key'],
  TSMethodSignature: ['key'],
  ImportSpecifier: ['imported', 'local'],
  ExportSpecifier: ['exported'],
};

const isLabel = (node: SyntaxNode, key: string): boolean =>
  (LABELS[node.type] ?? []).includes(key) &&
  !(node.computed === true) &&
  !(node.type === 'Property' && node.shorthand === true);

/** Types do not exist when the program runs. */
const isType = (node: SyntaxNode): boolean => node.type.startsWith('TS') && !node.type.endsWith('Expression');

const bindingsOf = (pattern: unknown): readonly string[] => {
  if (!isNode(pattern)) return [];
  if (pattern.type === 'Identifier') return [String(pattern.name)];
  if (pattern.type === 'AssignmentPattern') return bindingsOf(pattern.left);
  return Object.entries(pattern).flatMap(([key, value]) =>
    isLabel(pattern, key) ? [] : [value].flat().flatMap(bindingsOf),
  );
};

/** Names that a function or declaration defines locally: `process` may be an argument. */
const boundBy = (node: SyntaxNode): readonly string[] => {
  if (Array.isArray(node.params)) return (node.params as readonly unknown[]).flatMap(bindingsOf);
  if (node.type === 'VariableDeclarator') return bindingsOf(node.id);
  return [];
};

/** The children of a node, except names that are labels. */
const childrenOf = (node: SyntaxNode): readonly SyntaxNode[] =>
  Object.entries(node).flatMap(([key, value]) => (isLabel(node, key) ? [] : [value].flat().filter(isNode)));

/** Names that are defined anywhere inside a function. */
const boundIn = (node: SyntaxNode): ReadonlySet<string> => {
  const names = new Set(boundBy(node));
  const open = [node.body].flat().filter(isNode);
  for (const each of open) {
    for (const name of boundBy(each)) names.add(name);
    open.push(...childrenOf(each));
  }
  return names;
};

const NOTHING: ReadonlySet<string> = new Set();

interface Reach {
  readonly name: string;
  readonly at: number;
}

const reaches = (node: SyntaxNode, bound: ReadonlySet<string> = NOTHING): readonly Reach[] => {
  if (isType(node)) return [];
  const inner = Array.isArray(node.params) ? new Set([...bound, ...boundIn(node)]) : bound;
  const name = reachOf(node);
  const isReached = name !== undefined && !inner.has(name.split('.')[0] ?? '');
  return [
    ...(isReached ? [{ name, at: node.start }] : []),
    ...childrenOf(node).flatMap((child) => reaches(child, inner)),
  ];
};

const partOf = (path: string, parts: readonly string[]): string | undefined =>
  parts.filter((part) => path.startsWith(`${part}/`)).sort((a, b) => b.length - a.length)[0];

const allows = (names: Names | undefined, name: string): boolean => names === 'any' || (names ?? []).includes(name);

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

interface Imported {
  readonly specifier: string;
  readonly names: readonly string[];
  readonly at: number;
  /** The import does not exist when the program runs. */
  readonly isType: boolean;
}

const importsIn = (
  file: string,
  text: string,
): { readonly imports: readonly Imported[]; readonly program: SyntaxNode } => {
  const { module, program, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const imports = module.staticImports.map(({ moduleRequest, entries, start }) => ({
    specifier: moduleRequest.value,
    names: entries.filter(({ isType }) => !isType).map(({ importName }) => importName.name ?? '*'),
    at: start,
    isType: entries.length > 0 && entries.every(({ isType }) => isType),
  }));
  const exported = module.staticExports.flatMap(({ entries, start }) =>
    entries.flatMap(({ moduleRequest, isType }) =>
      moduleRequest ? [{ specifier: moduleRequest.value, names: [], at: start, isType }] : [],
    ),
  );
  const dynamic = module.dynamicImports.map(({ moduleRequest, start }) => ({
    specifier: text.slice(moduleRequest.start, moduleRequest.end).replace(/^['"`]|['"`]$/g, ''),
    names: [],
    at: start,
    isType: false,
  }));
  return { imports: [...imports, ...exported, ...dynamic], program: program as unknown as SyntaxNode };
};

const targetOf = (file: string, specifier: string): string =>
  normalize(join(dirname(file), specifier))
    .split(sep)
    .join('/');

/** A use or import in a file that the page must allow. */
interface Deed {
  readonly kind: 'imports' | 'packages' | 'node' | 'touches';
  /** The name that the page would have to contain. */
  readonly name: string;
  readonly found: string;
  readonly at: number;
}

const asDeed = (file: string, { specifier, at }: Imported, parts: Architecture['parts']): Deed => {
  if (specifier.startsWith('.')) {
    const target = targetOf(file, specifier);
    const known = [...Object.keys(parts), ...Object.values(parts).flatMap(({ imports = [] }) => imports)];
    return { kind: 'imports', name: partOf(target, known) ?? target, found: `imports ${target}`, at };
  }
  if (specifier.startsWith('node:'))
    return { kind: 'node', name: specifier.slice('node:'.length), found: `imports ${specifier}`, at };
  const name = packageOf(specifier);
  return { kind: 'packages', name, found: `imports the package ${name}`, at };
};

const touches = (imports: readonly Imported[], program: SyntaxNode, { world }: Architecture): readonly Deed[] => {
  const names = [
    ...imports
      .filter(({ isType }) => !isType)
      .flatMap(({ specifier, names, at }) => [specifier, ...names].map((name) => ({ name, at }))),
    ...reaches(program),
  ];
  return Object.entries(world).flatMap(([what, reached]) =>
    names
      .filter(({ name }) => reached.includes(name))
      .map(({ name, at }): Deed => ({ kind: 'touches', name: what, found: `touches the ${what}: ${name}`, at })),
  );
};

const deedsOf = (file: string, text: string, architecture: Architecture): readonly Deed[] => {
  const { imports, program } = importsIn(file, text);
  return [...imports.map((each) => asDeed(file, each, architecture.parts)), ...touches(imports, program, architecture)];
};

/** The folder of a part that contains a file; undefined for a file directly in the part. */
const folderOf = (part: string, path: string): string | undefined => {
  const [folder, ...rest] = path.slice(part.length + 1).split('/');
  return rest.length === 0 ? undefined : folder;
};

/** The place of a file among the folders of its part. */
const rankOf = (part: string, path: string, folders: readonly string[]): number => {
  const folder = folderOf(part, path);
  return folder === undefined ? folders.length : folders.indexOf(folder);
};

/** Imports that run upwards between the folders of one part. */
const upwardsIn = (file: string, text: string, part: string, folders: readonly string[]): readonly Violation[] =>
  importsIn(file, text)
    .imports.filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier, at }) => ({ target: targetOf(file, specifier), at }))
    .filter(({ target }) => target.startsWith(`${part}/`))
    .filter(({ target }) => rankOf(part, target, folders) > rankOf(part, file, folders))
    .map(({ target, at }) => ({
      file,
      line: text.slice(0, at).split('\n').length,
      found: `imports ${target}, which is in a higher folder of ${part}`,
    }));

/** Folders that the page does not list, and listed folders that do not exist. */
const unlistedIn = (part: string, files: readonly string[], folders: readonly string[]): readonly Violation[] => {
  const found = new Set(files.flatMap((file) => folderOf(part, file) ?? []));
  return [
    ...[...found]
      .filter((name) => !folders.includes(name))
      .map((name) => `${part} has a folder that is not listed: ${name}`),
    ...folders.filter((name) => !found.has(name)).map((name) => `${part} has no folder ${name}`),
  ].map((words) => ({ file: PAGE, line: 1, found: words }));
};

/** The violations in the folders of a part. Empty if the page does not order them. */
const folderViolations = (
  root: string,
  part: string,
  files: readonly string[],
  folders: readonly string[] | undefined,
): readonly Violation[] =>
  folders === undefined
    ? []
    : [
        ...unlistedIn(part, files, folders),
        ...files.flatMap((file) => upwardsIn(file, readFileSync(join(root, file), 'utf8'), part, folders)),
      ];

/** Permissions on the page that no file uses any more. */
const unusedOf = (part: string, rules: Part, used: ReadonlySet<string>): readonly Violation[] =>
  (['imports', 'packages', 'node', 'touches'] as const).flatMap((kind) => {
    const named = rules[kind] ?? [];
    return (named === 'any' ? [] : named)
      .filter((name) => !used.has(`${kind} ${name}`))
      .map((name) => ({ file: PAGE, line: 1, found: `${part} does not need ${kind}: ${name}` }));
  });

/**
 * Compares every TypeScript file of the parts with the page, and the page with the files.
 * @param root folder of the repository.
 * @throws Error if a file cannot be parsed.
 */
export const checkArchitecture = (root: string, architecture: Architecture): Checked => {
  const violations: Violation[] = [];
  const files: Record<string, number> = {};
  const parts = Object.keys(architecture.parts);
  for (const [part, rules] of Object.entries(architecture.parts)) {
    const paths = globSync(`${part}/**/*.ts`, { cwd: root }).map((path) => path.split(sep).join('/'));
    const own = paths.filter((path) => partOf(path, parts) === part);
    const used = new Set<string>();
    for (const file of own) {
      const text = readFileSync(join(root, file), 'utf8');
      for (const { kind, name, found, at } of deedsOf(file, text, architecture)) {
        used.add(`${kind} ${name}`);
        const isOwn = kind === 'imports' && name === part;
        if (!isOwn && !allows(rules[kind], name))
          violations.push({ file, line: text.slice(0, at).split('\n').length, found });
      }
    }
    files[part] = own.length;
    violations.push(...unusedOf(part, rules, used), ...folderViolations(root, part, own, architecture.folders[part]));
  }
  return { violations, files };
};

/** Reads the page of a repository. */
export const readArchitecture = (root: string): Architecture => parse(readFileSync(join(root, PAGE), 'utf8'));

if (import.meta.main) {
  const { violations, files } = checkArchitecture('.', readArchitecture('.'));
  for (const { file, line, found } of violations) console.error(`${file}:${line} ${found}`);
  const empty = Object.keys(files).filter((part) => files[part] === 0);
  for (const part of empty) console.error(`architecture.yml names ${part}, where there is no file`);
  const seen = Object.values(files).reduce((sum, each) => sum + each, 0);
  console.log(`${seen} files in ${Object.keys(files).length} parts · ${violations.length} violations`);
  process.exitCode = violations.length + empty.length > 0 ? 1 : 0;
}
