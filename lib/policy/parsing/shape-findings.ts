import type { z } from 'zod';
import type { Explanation } from '../../base/explanation.ts';
import { ownValue } from '../../base/objects.ts';
import { nearestWord } from '../nearest-word.ts';
import { retentionPolicyJsonSchema } from '../policy-schema.ts';
import type { PlacedFinding } from './placed-finding.ts';
import type { Path } from './yaml-node.ts';

type Issue = z.core.$ZodIssue;
type FoundAt = (path: Path) => string;

/** The part of a JSON Schema that error messages need: the allowed keys and their descriptions. */
interface Described {
  readonly description?: string;
  /** Examples of a text with a fixed form, such as `P30D`. */
  readonly examples?: readonly string[];
  readonly properties?: Record<string, Described>;
  readonly additionalProperties?: Described | false;
  readonly items?: Described;
}

/** Turns the issues that zod reports into findings (expected, found, fix), one for each key. */
export function shapeFindings(issues: readonly Issue[], foundAt: FoundAt): PlacedFinding[] {
  if (issues.length === 0) return [];
  const schema = retentionPolicyJsonSchema() as Described;
  return issues.flatMap((issue) => {
    const path = issue.path as Path;
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => unknownKey([...path, key], keysAt(schema, path)));
    return [{ path, ...findingOf(issue, foundAt(path), describedAt(schema, path)) }];
  });
}

function unknownKey(path: Path, known: readonly string[]): PlacedFinding {
  const key = String(path.at(-1));
  const near = nearestWord(key, known);
  return {
    path,
    expected: `one of the keys ${known.join(', ')}`,
    found: `'${key}'`,
    fix: near ? `Write ${near}, if that is meant, or remove the key` : 'Remove the key, or correct its indentation',
  };
}

function findingOf(
  issue: Issue,
  found: string,
  { description = 'see the schema', examples }: Described = {},
): Explanation {
  const type = expectedBy(issue);
  const [example] = (type === 'text' && examples) || [];
  const expected = example === undefined ? type : `text such as ${example}`;
  if (issue.code === 'custom' && issue.params) return issue.params as unknown as Explanation;
  if (issue.code === 'invalid_key') {
    const fix = 'Write lower-case letters, digits and single hyphens, beginning with a letter';
    return { expected, found: `'${String(issue.path.at(-1))}'`, fix };
  }
  if (issue.path.length === 0)
    return { expected, found, fix: 'Start from the retention-policy.yml that es-retention ships' };
  if (found === 'nothing') return { expected, found, fix: `Add ${keyName(issue.path as Path)} (${description})` };
  if (example !== undefined) return { expected, found, fix: `Write it in the form of ${example} (${description})` };
  const near = issue.code === 'invalid_value' ? nearestWord(found, issue.values.map(String)) : undefined;
  if (near !== undefined) return { expected, found, fix: `Write ${near}, if that is meant (${description})` };
  const isUnquoted = /^the (?:number|boolean) /.test(found) && expected === 'text';
  return {
    expected,
    found,
    fix: isUnquoted ? 'Put it in quotes, if it is meant as text' : `This key means: ${description}`,
  };
}

function keyName(path: Path): string {
  const last = path.at(-1);
  return typeof last === 'string' ? last : 'it';
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  array: 'a list',
  object: 'a map of keys and values',
  record: 'a map of keys and values',
};

function expectedBy(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.join(' or ');
    case 'invalid_key':
      return 'an id in kebab-case, such as backend-logs';
    case 'too_small':
      if (issue.origin === 'array') return 'at least one entry';
      return issue.inclusive ? `a number of at least ${issue.minimum}` : `a number above ${issue.minimum}`;
    case 'too_big':
      return issue.inclusive ? `a number of at most ${issue.maximum}` : `a number below ${issue.maximum}`;
    default:
      return issue.message;
  }
}

function keysAt(schema: Described, path: Path): string[] {
  return Object.keys(describedAt(schema, path)?.properties ?? {});
}

function describedAt(schema: Described, path: Path): Described | undefined {
  return path.reduce<Described | undefined>((inner, step) => {
    if (typeof step === 'number') return inner?.items;
    return ownValue(inner?.properties, `${String(step)}`) ?? (inner?.additionalProperties || undefined);
  }, schema);
}
