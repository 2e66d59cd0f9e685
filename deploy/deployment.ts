import { readFileSync } from 'node:fs';
import { parseRetentionPolicy } from '../lib/policy/parsing/parse-retention-policy.ts';
import type { RetentionPolicy } from '../lib/policy/retention-policy.ts';
import { assertSameCategories } from './function-check.ts';
import { assertParameters } from './parameter-checks.ts';
import { PARAMETERS, type Parameters } from './parameters.ts';
import type { Value } from './template.ts';

/** How osls calls a function of ours: with the means to look up what serverless.yml and the command line say. */
export interface Lookup {
  readonly resolveVariable: (name: string) => Promise<unknown>;
}

/** One deployment: the policy it carries out, and what the command line said about it. */
export interface Deployment {
  /** `es-retention-dev`: service and stage, what the names of its resources start with. */
  readonly name: string;
  readonly service: string;
  readonly stage: string;
  readonly policy: RetentionPolicy;
  readonly parameters: Parameters;
  /** Whether both say so that data is destroyed: `mode` in the policy, and the parameter that names the cluster. */
  readonly enforcing: boolean;
  readonly tags: readonly Value[];
}

let read: RetentionPolicy | undefined;

/** Read once in a run of osls, which asks for many pieces. */
const policyBeside = (): RetentionPolicy => {
  if (read !== undefined) return read;
  const policy = parseRetentionPolicy(readFileSync('retention-policy.yml', 'utf8'), 'retention-policy.yml');
  assertSameCategories(policy);
  read = policy;
  return policy;
};

/**
 * Reads the policy beside serverless.yml, and the parameters.
 * @throws PolicyError when the policy is not valid: it is not deployed then. Error when a parameter cannot be meant.
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
