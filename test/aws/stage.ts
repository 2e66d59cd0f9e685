import { randomBytes } from 'node:crypto';
import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { DeleteObjectsCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, DeleteSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { KEY_KINDS } from '../../lib/erasure/subjects/key-ring.ts';
import {
  asArguments,
  type Parameters,
  type ServiceFolder,
  serviceFolder,
} from '../support/deployment/service-folder.ts';
import { withoutMetricMath } from '../support/deployment/without-metric-math.ts';
import { newRing } from '../support/erasure/key-ring-text.ts';

/** Something stands in for AWS: it models less, and what it lacks is said in the report. */
export const isEmulated = (): boolean => Boolean(process.env.AWS_ENDPOINT_URL);

/** A deployment of its own, under a random name. */
export interface Stage {
  readonly name: string;
  readonly service: ServiceFolder;
  /** What the signed webhooks of this stage are signed with. */
  readonly webhookSecret: string;
  readonly deploy: (parameters: Parameters) => Promise<void>;
  readonly resources: () => Promise<ReadonlyMap<string, string>>;
  readonly outputs: () => Promise<Readonly<Record<string, string>>>;
  readonly putSecret: (name: string, text: string) => Promise<void>;
  /** Removes the stack, the secrets, and what the archive holds. Says what it could not remove. */
  readonly remove: () => Promise<readonly string[]>;
}

const AWS = /^AWS_|^SLS_/;
const environment = (region: string): Record<string, string> => ({
  ...(Object.fromEntries(Object.entries(process.env).filter(([name]) => AWS.test(name))) as Record<string, string>),
  AWS_REGION: region,
  ...(isEmulated() && { SLS_AWS_MONITORING_FREQUENCY: '200' }),
});

const emptyBucket = async (Bucket: string, region: string): Promise<void> => {
  const client = new S3Client({ region, forcePathStyle: isEmulated() });
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    if (Objects.length === 0) return;
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  }
};

/**
 * Names a stage, and prepares a copy of the service whose policy and indices are its own. Nothing is made in AWS yet.
 */
export const newStage = (region: string): Stage => {
  const name = `e2e-${randomBytes(3).toString('hex')}`;
  const service = serviceFolder();
  if (isEmulated()) withoutMetricMath(service);
  const policy = service
    .readPolicy()
    .replace('mode: observe', `mode: enforce\nindexPrefix: retention-${name}-`)
    .replace('index: retention-reports', `index: retention-${name}-reports`)
    .replace('maxShare: 0.5', 'maxShare: 1')
    .replaceAll('trtc-', `trtc-${name}-`);
  service.writePolicy(policy);

  const stack = { StackName: `es-retention-${name}` };
  const cloudFormation = new CloudFormationClient({ region });
  const secrets = new SecretsManagerClient({ region });
  const made: string[] = [];
  let isDeployed = false;
  const putSecret: Stage['putSecret'] = async (secret, SecretString) => {
    const Name = `es-retention/${name}/${secret}`;
    await secrets.send(new CreateSecretCommand({ Name, SecretString }));
    made.push(Name);
  };
  const resources: Stage['resources'] = async () => {
    // A copy: the paginator writes the next page into what it is given.
    const found = new Map<string, string>();
    for await (const { StackResourceSummaries = [] } of paginateListStackResources(
      { client: cloudFormation },
      { ...stack },
    ))
      for (const { LogicalResourceId = '', PhysicalResourceId = '' } of StackResourceSummaries)
        found.set(LogicalResourceId, PhysicalResourceId);
    return found;
  };
  const serverless = (command: string, parameters: Parameters = {}) =>
    service.run([command, '--stage', name, '--region', region, ...asArguments(parameters)], environment(region));

  return {
    name,
    service,
    webhookSecret: `whsec_${randomBytes(32).toString('base64')}`,
    deploy: async (parameters) => {
      const ring = newRing();
      for (const kind of KEY_KINDS) await putSecret(`keys/${kind}`, JSON.stringify(ring[kind]));
      isDeployed = true;
      await serverless('deploy', { ...parameters, retain: 'off' });
    },
    resources,
    outputs: async () => {
      const { Stacks: [found] = [] } = await cloudFormation.send(new DescribeStacksCommand(stack));
      return Object.fromEntries(
        (found?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
      );
    },
    putSecret,
    remove: async () => {
      const left: string[] = [];
      const attempt = (what: string, work: () => Promise<unknown>): Promise<unknown> =>
        work().catch((error: Error) => left.push(`${what}: ${error.message.split('\n')[0]}`));
      const archive = (await resources().catch(() => undefined))?.get('Archive');
      if (archive !== undefined) await attempt(archive, () => emptyBucket(archive, region));
      if (isDeployed) await attempt(stack.StackName, () => serverless('remove'));
      for (const SecretId of made)
        await attempt(SecretId, () =>
          secrets.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true })),
        );
      service.remove();
      return left;
    },
  };
};
