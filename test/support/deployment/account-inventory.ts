import { ApiGatewayV2Client, GetApisCommand } from '@aws-sdk/client-apigatewayv2';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient, ListEventBusesCommand, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { DescribeKeyCommand, KMSClient, ListKeysCommand } from '@aws-sdk/client-kms';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { clientOptions } from './client-options.ts';

type Options = ReturnType<typeof clientOptions>;

const rulesOnBuses = async (options: Options): Promise<{ readonly buses: number; readonly rules: number }> => {
  const client = new EventBridgeClient(options);
  const { EventBuses = [] } = await client.send(new ListEventBusesCommand({}));
  const lists = EventBuses.map(({ Name }) => client.send(new ListRulesCommand({ EventBusName: Name })));
  const rules = (await Promise.all(lists)).flatMap(({ Rules = [] }) => Rules);
  return { buses: EventBuses.length, rules: rules.length };
};

/** A deleted key still exists for some days, until its deletion date. */
const keysInUse = async (options: Options): Promise<number> => {
  const client = new KMSClient(options);
  const { Keys = [] } = await client.send(new ListKeysCommand({}));
  const keys = await Promise.all(Keys.map(({ KeyId }) => client.send(new DescribeKeyCommand({ KeyId }))));
  return keys.filter(({ KeyMetadata }) => KeyMetadata?.KeyState !== 'PendingDeletion').length;
};

/** The numbers of resources in the account. One bus always exists. */
export const accountInventory = async (options: Options) => {
  const [functions, schedules, queues, buckets, alarms, roles, topics, apis, logGroups] = await Promise.all([
    new LambdaClient(options).send(new ListFunctionsCommand({})),
    new SchedulerClient(options).send(new ListSchedulesCommand({})),
    new SQSClient(options).send(new ListQueuesCommand({})),
    new S3Client({ ...options, forcePathStyle: true }).send(new ListBucketsCommand({})),
    new CloudWatchClient(options).send(new DescribeAlarmsCommand({})),
    new IAMClient(options).send(new ListRolesCommand({})),
    new SNSClient(options).send(new ListTopicsCommand({})),
    new ApiGatewayV2Client(options).send(new GetApisCommand({})),
    new CloudWatchLogsClient(options).send(new DescribeLogGroupsCommand({})),
  ]);
  return {
    functions: functions.Functions?.length ?? 0,
    schedules: schedules.Schedules?.length ?? 0,
    queues: queues.QueueUrls?.length ?? 0,
    buckets: buckets.Buckets?.length ?? 0,
    alarms: alarms.MetricAlarms?.length ?? 0,
    roles: roles.Roles?.length ?? 0,
    topics: topics.Topics?.length ?? 0,
    keys: await keysInUse(options),
    apis: apis.Items?.length ?? 0,
    logGroups: logGroups.logGroups?.length ?? 0,
    ...(await rulesOnBuses(options)),
  };
};
