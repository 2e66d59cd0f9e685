import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Environment } from '../../base/environment.ts';
import { InputError } from '../../base/errors.ts';
import { canonicalContent, versionOf } from '../../policy/content-version.ts';
import { nearestWord } from '../../policy/nearest-word.ts';
import { parseRetentionPolicy } from '../../policy/parsing/parse-retention-policy.ts';
import { readPolicySource } from '../../policy/parsing/policy-source.ts';
import type { Category, RetentionPolicy } from '../../policy/retention-policy.ts';
import { ownFolder } from './own-folder.ts';
import { reasonOf, shownPath } from './secret-file.ts';

const FILE_NAME = 'retention-policy.yml';

/** In a function, the file is at the root of its zip; elsewhere at the root of the repository. */
const shippedPolicy = (environment: Environment): string =>
  [environment.LAMBDA_TASK_ROOT, ownFolder()]
    .filter((folder) => folder !== undefined)
    .map((folder) => join(folder, FILE_NAME))
    .find(existsSync) ?? FILE_NAME;

/** The policy file in force: the named one, or that of `RETENTION_POLICY`, or the shipped one. */
export const policyFile = (named?: string, environment: Environment = process.env): string =>
  named ?? (environment.RETENTION_POLICY || shippedPolicy(environment));

const textOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

/**
 * The {@link policyFile} for a person at a command line, who may have another file in mind. If the working folder has a
 * `retention-policy.yml` with another text, the shipped policy is not used silently.
 * @throws InputError `which-policy`, naming both.
 */
export const chosenPolicyFile = (named?: string, environment: Environment = process.env): string => {
  const file = policyFile(named, environment);
  const here = resolve(FILE_NAME);
  if (named !== undefined || environment.RETENTION_POLICY || !existsSync(here) || textOf(here) === textOf(file))
    return file;
  throw new InputError('which-policy', {
    expected: `--policy or RETENTION_POLICY to say which policy is meant: without them it is the one that was shipped, ${file}`,
    found: `another one in the working folder, ${here}`,
    fix: `Name the policy that you mean: --policy ${FILE_NAME} for the one here, or --policy ${file}.`,
  });
};

/**
 * Reads the retention policy from the {@link policyFile}.
 * @throws InputError `no-policy` when the file cannot be read.
 * @throws PolicyError when it does not hold a valid policy.
 */
export const readPolicy = (named?: string, environment: Environment = process.env): RetentionPolicy => {
  const file = policyFile(named, environment);
  return parseRetentionPolicy(policyText(file), file);
};

const policyText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputError('no-policy', {
      expected: `a retention policy in ${shownPath(file)}`,
      found: `nothing that can be read (${reasonOf(error)})`,
      fix: 'Name a file that can be read, with --policy or RETENTION_POLICY (an earlier version: with --with-policy).',
    });
  }
};

/** The content of a policy as canonical JSON, and the version, which is its hash. */
export interface PolicyContent {
  readonly version: string;
  readonly canonical: string;
}

/**
 * Reads the content of a policy file, also of an earlier form: it need not be valid any more.
 * @throws InputError `no-policy` when the file cannot be read.
 * @throws PolicyError when it is not YAML.
 */
export const readPolicyContent = (file: string): PolicyContent => {
  const text = policyText(file);
  const { content } = readPolicySource(text, file);
  return { version: versionOf(content), canonical: canonicalContent(content) };
};

/**
 * The category with that id.
 * @throws InputError `unknown-category`, naming the existing ones.
 */
export const categoryOf = (policy: RetentionPolicy, id: string): Category => {
  const category = policy.categories.get(id);
  if (category !== undefined) return category;
  const ids = [...policy.categories.keys()];
  const nearest = nearestWord(id, ids);
  const meant = nearest === undefined ? '' : `Did you mean "${nearest}"? `;
  throw new InputError('unknown-category', {
    expected: `one of ${ids.join(', ')}`,
    found: `"${id}"`,
    fix: /[,\s]/.test(id)
      ? 'Separate several categories by spaces: --category first second.'
      : `${meant}Use one of these, or add the category to the policy.`,
  });
};
