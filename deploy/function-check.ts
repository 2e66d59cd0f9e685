import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { RetentionPolicy } from '../lib/policy/retention-policy.ts';
import { functionOf } from './naming.ts';

/** The purge functions that serverless.yml has. Its own tags (!Ref) are of no interest here. */
const functionsIn = (text: string): readonly string[] => {
  const { functions = {} } = parse(text, { logLevel: 'silent' }) as { readonly functions?: object };
  return Object.keys(functions).filter((name) => name.startsWith('purge-'));
};

/**
 * Refuses a policy and a serverless.yml that disagree on categories: one without a function would never be purged, and a function without
 * a category has nothing to do.
 * @throws Error that names them.
 */
export const assertSameCategories = (
  { categories }: RetentionPolicy,
  text = readFileSync('serverless.yml', 'utf8'),
): void => {
  const functions = functionsIn(text);
  const wanted = [...categories.keys()].map(functionOf);
  const missing = wanted.filter((name) => !functions.includes(name));
  const idle = functions.filter((name) => !wanted.includes(name));
  if (missing.length + idle.length === 0) return;
  const found = [
    ...missing.map((name) => `no function ${name}`),
    ...idle.map((name) => `a function ${name} without a category`),
  ].join(', ');
  throw new Error(
    `Expected a function in serverless.yml for each category of retention-policy.yml, and no other; found ${found}. Add the function as those beside it (serverless.yml and functions/), or take it away; a category that was renamed has its old name in both.`,
  );
};
