import { readFileSync } from 'node:fs';
import { parseRetentionPolicy } from '../lib/policy/parsing/parse-retention-policy.ts';
import type { RetentionPolicy } from '../lib/policy/retention-policy.ts';
import { assertParameters } from './parameter-checks.ts';
import { PARAMETERS, type Parameters } from './parameters.ts';
import { assertSameCategories } from './service/function-check.ts';
import type { Value } from './template.ts';

/** How osls calls our functions: with a way to read serverless.yml and the command line. */
export interface Lookup {
  /** Resolves a variable of osls, such as `sls:stage`. */
  readonly resolveVariable: (name: string) => Promise<unknown>;
}

/** One deployment: the policy, and the parameters of the command line. */
export interface Deployment {
  /** `es-retention-dev`: service and stage, the prefix of the names of its resources. */
  readonly name: string;
  readonly service: string;
  readonly stage: string;
  readonly policy: RetentionPolicy;
  readonly parameters: Parameters;
  /** Whether data is destroyed: `mode` in the policy, and the parameter that names the cluster, must both say so. */
  readonly enforcing: boolean;
  readonly tags: readonly Value[];
}

let read: RetentionPolicy | undefined;

/** Read only once, although osls asks for many parts. */
const policyBeside = (): RetentionPolicy => {
  if (read !== undefined) return read;
  const policy = parseRetentionPolicy(readFileSync('retention-policy.yml', 'utf8'), 'retention-policy.yml');
  assertSameCategories(policy);
  read = policy;
  return policy;
};

/**
 * Reads the policy beside serverless.yml, and the parameters.
 * @throws PolicyError if the policy is not valid, so that it is not deployed; Error if a parameter is wrong.
 */
export const readDeployment = async ({ resolveVariable }: Lookup): Promise<Deployment> => {
  const parameters = {} as Record<(typeof PARAMETERS)[number], string>;
  for (const name of PARAMETERS) parameters[name] = String((await resolveVariable(`param:${name}`)) ?? '').trim();
  assertParameters(parameters);
  const tags = (await resolveVariable('self:provider.tags')) as Record<string, string>;
  const service = String(await resolveVariable('self:service'));
  const stage = String(await resolveVariable('sls:stage'));
  const policy = policyBeside();
  return {
    name: `${service}-${stage}`,
    service,
    stage,
    policy,
    parameters,
    enforcing: parameters.enforceCluster !== '' && policy.mode === 'enforce',
    tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  };
};
