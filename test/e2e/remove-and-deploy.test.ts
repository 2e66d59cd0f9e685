import { randomUUID } from 'node:crypto';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientOptions } from '../support/deployment/client-options.ts';
import { type DeployedService, deployedService } from '../support/deployment/deployed-service.ts';
import { pythonEnvironment } from '../support/deployment/python-environment.ts';
import { type ServiceFolder, serviceFolder } from '../support/deployment/service-folder.ts';
import { withoutCode } from '../support/deployment/without-code.ts';
import { withoutMetricMath } from '../support/deployment/without-metric-math.ts';
import { optionalTool, skipWithout } from '../support/run/optional-tool.ts';

const available = skipWithout(await optionalTool(pythonEnvironment)) !== undefined;
const CLUSTER = { elasticsearchUrl: 'https://es.example.org:9200' };

let service: ServiceFolder;
let deployed: DeployedService;

beforeAll(async () => {
  if (!available) return;
  service = serviceFolder();
  withoutMetricMath(service);
  withoutCode(service);
  deployed = await deployedService(service);
  await deployed.deploy(CLUSTER);
});
afterAll(async () => {
  await deployed?.ministack.stop();
  service?.remove();
});

test('queues and archive outlive the stack, and do not block the next deployment', async () => {
  const [sqs, s3] = [
    new SQSClient(clientOptions(deployed.ministack)),
    new S3Client({ ...clientOptions(deployed.ministack), forcePathStyle: true }),
  ];
  const before = await deployed.resources();
  const QueueUrl = before.get('PurgeConsoleConfigurationFailures');
  const copy = { Bucket: before.get('Archive'), Key: `console-configuration/events/${randomUUID()}.jwe` };
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a termination' }));
  await s3.send(new PutObjectCommand({ ...copy, Body: 'sealed', IfNoneMatch: '*' }));

  await deployed.remove();
  await deployed.deploy(CLUSTER);

  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
  );
  expect(Attributes?.ApproximateNumberOfMessages).toBe('1');
  expect(await (await s3.send(new GetObjectCommand(copy))).Body?.transformToString()).toBe('sealed');
  const after = await deployed.resources();
  for (const id of ['PurgeConsoleConfigurationFailures', 'DeadLetters', 'Archive']) {
    expect(after.get(id)).toBeDefined();
    expect(after.get(id)).not.toBe(before.get(id));
  }
});
