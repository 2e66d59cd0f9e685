import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import type { RetentionPolicy } from '../../../lib/policy/retention-policy.ts';

/** The policy file with which tests deploy and run a service. */
export const EXAMPLE_POLICY_FILE = fileURLToPath(new URL('example-policy.yml', import.meta.url));

/** Its text. */
export const EXAMPLE_POLICY = readFileSync(EXAMPLE_POLICY_FILE, 'utf8');

/** Its content. */
export const examplePolicy: RetentionPolicy = parseRetentionPolicy(EXAMPLE_POLICY, 'example-policy.yml');
