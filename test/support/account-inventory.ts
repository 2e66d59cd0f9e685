import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { EventBridgeClient, ListEventBusesCommand } from '@aws-sdk/client-eventbridge';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { clientOptions } from './deployed-service.ts';

/** What there is in the account, by number; a bus is there from the start. */
export const accountInventory = async (options: ReturnType<typeof clientOptions>) => {
  const [functions, schedules, queues, buses, buckets, alarms] = await Promise.all([
    new LambdaClient(options).send(new ListFunctionsCommand({})),
    new SchedulerClient(options).send(new ListSchedulesCommand({})),
    new SQSClient(options).send(new ListQueuesCommand({})),
    new EventBridgeClient(options).send(new ListEventBusesCommand({})),
    new S3Client({ ...options, forcePathStyle: true }).send(new ListBucketsCommand({})),
    new CloudWatchClient(options).send(new DescribeAlarmsCommand({})),
  ]);
  return {
    functions: functions.Functions?.length ?? 0,
    schedules: schedules.Schedules?.length ?? 0,
    queues: queues.QueueUrls?.length ?? 0,
    buses: buses.EventBuses?.length ?? 0,
    buckets: buckets.Buckets?.length ?? 0,
    alarms: alarms.MetricAlarms?.length ?? 0,
  };
};
