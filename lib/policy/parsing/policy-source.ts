import { type Alias, type Document, LineCounter, type Node, parseDocument, visit, type YAMLError } from 'yaml';
import { nearestWord } from '../nearest-word.ts';
import type { PlacedFinding } from './placed-finding.ts';
import { PolicyError, type PolicyProblem } from './policy-error.ts';
import { type AliasTargets, aliasFindings, depthFindings } from './yaml-bounds.ts';
import { describeNode, nodeAt, offsetAt, type Path } from './yaml-node.ts';
import { trapsIn } from './yaml-traps.ts';

/** A policy file that is valid YAML: its content, and how to find the line of a path. */
export interface PolicySource {
  /** JSON values only. */
  readonly content: unknown;
  /** Duplicate keys, and numbers that are read differently from how they look. */
  readonly traps: readonly PlacedFinding[];
  /** Describes the value at a path, for an error message. */
  readonly foundAt: (path: Path) => string;
  /** Adds file, line and column to a finding. */
  readonly problem: (finding: PlacedFinding) => PolicyProblem;
}

/**
 * Reads the YAML of a policy file.
 * @throws PolicyError with every syntax error, if it is not YAML, or not a single document.
 */
export function readPolicySource(text: string, fileName: string): PolicySource {
  const lines = new LineCounter();
  const tooDeep = depthFindings(text);
  const document = parseDocument(tooDeep.length > 0 ? '' : text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: false,
  });
  const problem = (finding: PlacedFinding) => toProblem(finding, fileName, lines, document);
  // An alias without a name is explained with those that have none before them.
  const errors = [...document.errors, ...document.warnings].filter(({ message }) => !message.startsWith(NO_NAME));
  const [targets, lost] = resolveAliases(document);
  const findings = [...tooDeep, ...errors.map(syntaxFinding), ...lost];
  if (findings.length === 0) findings.push(...aliasFindings(document, targets));
  if (findings.length > 0) throw new PolicyError(findings.map(problem));
  return {
    // The reader's own limit is switched off: it counts each *name, not the values behind it. `aliasFindings` checks
    // those.
    content: document.toJS({ maxAliasCount: -1 }),
    traps: trapsIn(document.contents),
    foundAt: (path) => describeNode(nodeAt(document, path)),
    problem,
  };
}

/** The yaml package's words for `*` alone. */
const NO_NAME = 'Alias cannot be an empty string';

/** The target of each `*name`, and a finding for each that has no `&name` before it. */
function resolveAliases(document: Document.Parsed): readonly [targets: AliasTargets, lost: PlacedFinding[]] {
  const targets = new Map<Alias, Node>();
  const lost: PlacedFinding[] = [];
  const anchored = new Map<string, Node>();
  visit(document, {
    Node(_, node) {
      if ('anchor' in node && node.anchor !== undefined) anchored.set(node.anchor, node as Node);
    },
    Alias(_, alias) {
      const target = anchored.get(alias.source);
      if (target !== undefined) targets.set(alias, target);
      else lost.push(lostAlias(alias.source, alias.range?.[0] ?? 0, [...anchored.keys()]));
    },
  });
  return [targets, lost];
}

function lostAlias(name: string, offset: number, anchors: readonly string[]): PlacedFinding {
  const near = nearestWord(name, anchors);
  const quoted = `put it in quotes, if a pattern is meant: '*${name}'`;
  return {
    path: [],
    offset,
    expected: name === '' ? 'the name of an anchor after *' : `an anchor &${name} before *${name}`,
    found: 'none',
    fix:
      name === ''
        ? `P${quoted.slice(1)}`
        : near === undefined
          ? `Define &${name} before it, or ${quoted}`
          : `Write *${near}, if that is meant, or define &${name} before it`,
  };
}

function syntaxFinding({ code, message, pos }: YAMLError): PlacedFinding {
  const place = { path: [], offset: pos[0] };
  if (code === 'MULTIPLE_DOCS') {
    return { ...place, expected: 'one document', found: 'a second one after ---', fix: 'Keep one policy per file' };
  }
  const fix =
    code === 'TAG_RESOLVE_FAILED'
      ? 'Remove the tag: the policy needs plain text, numbers, lists and maps only'
      : 'Look at this line and the one before it for indentation, quotes and brackets';
  return { ...place, expected: 'well-formed YAML', found: `an error: ${message}`, fix };
}

function toProblem(finding: PlacedFinding, file: string, lines: LineCounter, document: Document.Parsed): PolicyProblem {
  const { path, offset = offsetAt(document, path), expected, found, fix } = finding;
  const { line, col } = lines.linePos(offset);
  return { file, line: Math.max(line, 1), column: Math.max(col, 1), path: pathText(path), expected, found, fix };
}

function pathText(path: Path): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`)).join('');
}
