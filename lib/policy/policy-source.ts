import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
} from 'yaml';
import { PolicyError, type PolicyProblem } from './policy-error.ts';
import type { Finding } from './unreadable-value.ts';
import { trapsIn } from './yaml-traps.ts';

export type Path = readonly (string | number)[];

/** A finding at a path of the file; `offset` (into the text) where the path alone does not lead there. */
export interface PlacedFinding extends Finding {
  readonly path: Path;
  readonly offset?: number;
}

/** A policy file that is YAML: its content, and the way back from a path to the line. */
export interface PolicySource {
  /** JSON values only. */
  readonly content: unknown;
  /** Duplicate keys, and numbers that are not what they look like. */
  readonly traps: readonly PlacedFinding[];
  /** What stands at a path, in words for an error. */
  readonly foundAt: (path: Path) => string;
  readonly problem: (finding: PlacedFinding) => PolicyProblem;
}

/**
 * Reads the YAML of a policy file.
 * @throws PolicyError with every syntax error, if it is not YAML, or not a single document.
 */
export function readPolicySource(text: string, fileName: string): PolicySource {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: false,
  });
  const problem = (finding: PlacedFinding) => toProblem(finding, fileName, lines, document);
  const errors = [...document.errors, ...document.warnings];
  if (errors.length > 0) throw new PolicyError(errors.map((error) => problem(syntaxFinding(error))));
  return {
    content: contentOf(document, problem),
    traps: trapsIn(document.contents),
    foundAt: (path) => describeNode(nodeAt(document, path)),
    problem,
  };
}

function contentOf(document: Document.Parsed, problem: PolicySource['problem']): unknown {
  try {
    return document.toJS();
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    const wayOut = 'Define &name before its use as *name, and use it fewer times';
    throw new PolicyError([problem({ path: [], expected: 'anchors that lead somewhere', found, wayOut })]);
  }
}

function syntaxFinding({ code, message, pos }: YAMLError): PlacedFinding {
  const place = { path: [], offset: pos[0] };
  if (code === 'MULTIPLE_DOCS') {
    return { ...place, expected: 'one document', found: 'a second one after ---', wayOut: 'Keep one policy per file' };
  }
  const wayOut =
    code === 'TAG_RESOLVE_FAILED'
      ? 'Remove the tag: the policy needs plain text, numbers, lists and maps only'
      : 'Look at this line and the one before it for indentation, quotes and brackets';
  return { ...place, expected: 'well-formed YAML', found: `an error: ${message}`, wayOut };
}

function toProblem(finding: PlacedFinding, file: string, lines: LineCounter, document: Document.Parsed): PolicyProblem {
  const { path, offset = offsetAt(document, path), expected, found, wayOut } = finding;
  const { line, col } = lines.linePos(offset);
  return { file, line: Math.max(line, 1), column: Math.max(col, 1), path: pathText(path), expected, found, wayOut };
}

function pathText(path: Path): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`)).join('');
}

/** Where the deepest existing part of a path begins: the key of a map's entry, the entry of a list. */
function offsetAt(document: Document.Parsed, path: Path): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = nodeAt(document, path.slice(0, depth - 1));
    const step = path[depth - 1];
    const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === step) : undefined;
    const node = isSeq(parent) && typeof step === 'number' ? parent.items[step] : pair?.key;
    const start = (node as Node | undefined)?.range?.[0];
    if (start !== undefined) return start;
  }
  return document.contents?.range?.[0] ?? 0;
}

function nodeAt(document: Document.Parsed, path: Path): unknown {
  return path.reduce<unknown>((parent, step) => {
    const node = isAlias(parent) ? parent.resolve(document) : parent;
    return isMap(node) || isSeq(node) ? resolved(node.get(step, true), document) : undefined;
  }, document.contents);
}

function resolved(node: unknown, document: Document.Parsed): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

const LONGEST_QUOTE = 80;

function describeNode(node: unknown): string {
  if (isMap(node)) return 'a map';
  if (isSeq(node)) return 'a list';
  if (!isScalar(node) || node.value === null) return 'nothing';
  if (typeof node.value !== 'string') return `the ${typeof node.value} ${node.source ?? node.value}`;
  if (node.value.trim() === '') return 'an empty text';
  return node.value.length > LONGEST_QUOTE ? `${node.value.slice(0, LONGEST_QUOTE)}…` : node.value;
}
