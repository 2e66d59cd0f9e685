import type { z } from 'zod';
import { versionOf } from '../content-version.ts';
import { categorySchema, defaultsSchema, policySchema } from '../policy-schema.ts';
import type { Category, RetentionPolicy } from '../retention-policy.ts';
import { rulesOf } from '../rules/rule-forms.ts';
import { parseDuration } from '../time/duration.ts';
import { categoryFindings, earliestFindings, ignoredFindings } from './category-check.ts';
import type { PlacedFinding } from './placed-finding.ts';
import { PolicyError, type PolicyProblem } from './policy-error.ts';
import { readPolicySource } from './policy-source.ts';
import { shapeFindings } from './shape-findings.ts';

type WrittenCategory = z.output<typeof categorySchema>;
type Defaults = z.output<typeof defaultsSchema>;

/** The defaults for values that are not in the file. */
const BUILT_IN = {
  timestampField: '@timestamp',
  ingestedField: 'event.ingested',
  accountField: 'uin',
  guard: { maxShare: 0.5, maxAccountShare: 0.1, minAccounts: 10 },
  timeZone: 'UTC',
};

/**
 * Reads a retention policy from the text of its file.
 * @param text YAML.
 * @param fileName used in errors only; no file is opened.
 * @throws PolicyError with every problem of the file, not only the first.
 */
export function parseRetentionPolicy(text: string, fileName: string): RetentionPolicy {
  const source = readPolicySource(text, fileName);
  const shape = policySchema.safeParse(source.content);
  const readable = readableCategories(source.content);
  const findings = [
    ...source.traps,
    ...shapeFindings(shape.error?.issues ?? [], source.foundAt),
    ...earliestFindings(recordOf(source.content).earliest, readable),
    ...categoryFindings(readable),
    ...ignoredFindings(recordOf(source.content).ignoredIndices, readable),
  ];
  if (findings.length > 0 || !shape.success) throw new PolicyError(inOrder(firstPerPath(findings).map(source.problem)));
  const { defaults, categories, ...rest } = shape.data;
  const entries = Object.entries(categories).map(([id, written]) => [id, categoryOf(id, written, defaults)] as const);
  return { version: versionOf(source.content), ...rest, categories: new Map(entries) };
}

function categoryOf(id: string, written: WrittenCategory, defaults: Defaults): Category {
  const { schedule, timeZone, rules, physical, ...rest } = written;
  const { timeZone: usualZone, ...usual } = { ...BUILT_IN, ...withoutUndefined(defaults) };
  return {
    ...usual,
    ...withoutUndefined(rest),
    guard: { ...BUILT_IN.guard, ...withoutUndefined(defaults.guard ?? {}), ...withoutUndefined(written.guard ?? {}) },
    id,
    title: written.title ?? id,
    rules: rulesOf(rules, timeZone ?? usualZone),
    ...(rules.termination && { physical: physical ?? { within: parseDuration('PT24H') } }),
    schedule: { expression: schedule, timeZone: timeZone ?? usualZone },
  };
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/**
 * The well-formed categories, even if the file as a whole is not well-formed. They are checked too, so that all
 * problems are reported at once.
 */
function readableCategories(content: unknown): Category[] {
  const { categories, defaults } = recordOf(content);
  const usual = defaultsSchema.safeParse(defaults ?? {});
  return Object.entries(recordOf(categories)).flatMap(([id, value]) => {
    const written = categorySchema.safeParse(value);
    return written.success ? [categoryOf(id, written.data, usual.data ?? {})] : [];
  });
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** Keeps one problem for each place: a misleading number is not reported a second time as a wrong type. */
function firstPerPath(findings: readonly PlacedFinding[]): PlacedFinding[] {
  const byPath = new Map<string, PlacedFinding>();
  for (const finding of findings) {
    const path = JSON.stringify(finding.path);
    if (!byPath.has(path)) byPath.set(path, finding);
  }
  return [...byPath.values()];
}

function inOrder(problems: readonly PolicyProblem[]): PolicyProblem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
}
