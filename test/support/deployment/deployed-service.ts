import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { GetScheduleCommand, type GetScheduleCommandOutput, SchedulerClient } from '@aws-sdk/client-scheduler';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type BusListener, busListener } from './bus-listener.ts';
import { clientOptions } from './client-options.ts';
import { type Ministack, startMinistack } from './ministack.ts';
import { asArguments, type Parameters, type ServiceFolder } from './service-folder.ts';

/** An answer over HTTP. */
interface Answer {
  readonly status: number;
  readonly body: string;
}

/** An event that a test puts on the bus. */
interface BusEvent {
  readonly source: string;
  readonly detailType: string;
  readonly detail: object;
}

/** The service, deployed to an emulator of AWS, with functions to call and inspect it. */
export interface DeployedService {
  readonly ministack: Ministack;
  /** The physical ids of the stack's resources, by logical id. */
  readonly resources: () => Promise<ReadonlyMap<string, string>>;
  /** The outputs of the stack, by name. */
  readonly outputs: () => Promise<Readonly<Record<string, string>>>;
  readonly deploy: (parameters?: Parameters) => Promise<void>;
  readonly remove: () => Promise<void>;
  /** @param category id of a category, `housekeeping` or `audit-retention`. */
  readonly scheduleOf: (category: string) => Promise<GetScheduleCommandOutput>;
  /**
   * Sends the input of a schedule to its target, as EventBridge Scheduler would.
   * @returns the answer.
   */
  readonly replay: (category: string) => Promise<unknown>;
  /** Calls a function as EventBridge does: after an error, it is retried and then given up. */
  readonly callAsynchronously: (functionName: string, event: object) => Promise<void>;
  readonly setEnvironment: (functionName: string, variables: Readonly<Record<string, string>>) => Promise<void>;
  readonly setTimeout: (functionName: string, seconds: number) => Promise<void>;
  /** Creates a secret where the deployment's functions look for it: `keys`, `webhook`, `elasticsearch/<function>`. */
  readonly putSecret: (name: string, text: string) => Promise<void>;
  /** Replaces the value of an existing secret. */
  readonly replaceSecret: (name: string, text: string) => Promise<void>;
  /** The log lines of a function. */
  readonly logOf: (functionName: string) => Promise<readonly string[]>;
  /** POSTs to the path of the HTTP API. */
  readonly post: (path: string, body: string, headers: Readonly<Record<string, string>>) => Promise<Answer>;
  /** GETs a path of the HTTP API. */
  readonly get: (path: string, headers: Readonly<Record<string, string>>) => Promise<Answer>;
  readonly putEvent: (event: BusEvent) => Promise<void>;
  /** Listens on the bus for events of the functions. */
  readonly listen: (detailType: string) => Promise<BusListener>;
  /** Receives messages from the queue with that logical id, which hides them from others for a while. */
  readonly receive: (queue: string) => Promise<readonly Message[]>;
  /** The number of messages in the queue with that logical id, including hidden ones. */
  readonly messagesIn: (queue: string) => Promise<number>;
  /** Sets how often a message of the queue with that logical id may be received before it is given up. */
  readonly setTries: (queue: string, tries: number) => Promise<void>;
}

const NAME = 'es-retention-dev';

/**
 * Starts ministack for a service that is not deployed yet.
 * @param auth whether it evaluates IAM.
 */
export const deployedService = async (service: ServiceFolder, auth = false): Promise<DeployedService> => {
  const ministack = await startMinistack(auth);
  const options = clientOptions(ministack);
  const lambda = new LambdaClient(options);
  const scheduler = new SchedulerClient(options);
  const bus = new EventBridgeClient(options);
  const sqs = new SQSClient(options);
  const secrets = new SecretsManagerClient(options);
  const logs = new CloudWatchLogsClient(options);
  const cloudFormation = new CloudFormationClient(options);

  const resources: DeployedService['resources'] = async () => {
    const found = new Map<string, string>();
    const pages = paginateListStackResources({ client: cloudFormation }, { StackName: NAME });
    for await (const { StackResourceSummaries = [] } of pages)
      for (const { LogicalResourceId = '', PhysicalResourceId = '' } of StackResourceSummaries)
        found.set(LogicalResourceId, PhysicalResourceId);
    return found;
  };
  const outputs: DeployedService['outputs'] = async () => {
    const { Stacks: [stack] = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: NAME }));
    return Object.fromEntries(
      (stack?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    );
  };
  const call = async (method: string, path: string, headers: object, body?: string): Promise<Answer> => {
    const api = (await resources()).get('HttpApi');
    const host = `${api}.execute-api.localhost:${ministack.port}`;
    const sent = request(`${ministack.url}${path}`, { method, headers: { ...headers, host } }).end(body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 0, body: await text(response) };
  };
  const scheduleOf: DeployedService['scheduleOf'] = async (category) => {
    const name = ['housekeeping', 'audit-retention'].includes(category) ? category : `purge-${category}`;
    return scheduler.send(new GetScheduleCommand({ Name: `${NAME}-${name}` }));
  };

  return {
    ministack,
    resources,
    outputs,
    deploy: async (parameters = {}) => {
      await service.run(['deploy', ...asArguments(parameters)], ministack.environment);
    },
    remove: async () => {
      await service.run(['remove'], ministack.environment);
    },
    scheduleOf,
    replay: async (category) => {
      const { Target } = await scheduleOf(category);
      const input = Target?.Input?.replaceAll('<aws.scheduler.execution-id>', randomUUID()).replaceAll(
        '<aws.scheduler.scheduled-time>',
        new Date().toISOString(),
      );
      const { Payload, FunctionError } = await lambda.send(
        new InvokeCommand({ FunctionName: Target?.Arn, Payload: Buffer.from(input ?? '') }),
      );
      const answer = Buffer.from(Payload ?? []).toString();
      if (FunctionError) throw new Error(`${category}: ${FunctionError}: ${answer}`);
      return JSON.parse(answer);
    },
    callAsynchronously: async (functionName, event) => {
      const Payload = Buffer.from(JSON.stringify(event));
      await lambda.send(
        new InvokeCommand({ FunctionName: `${NAME}-${functionName}`, InvocationType: 'Event', Payload }),
      );
    },
    setEnvironment: async (functionName, variables) => {
      const FunctionName = `${NAME}-${functionName}`;
      const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
      const Variables = { ...Environment?.Variables, ...variables };
      await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
    },
    setTimeout: async (functionName, Timeout) => {
      await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: `${NAME}-${functionName}`, Timeout }));
    },
    putSecret: async (name, SecretString) => {
      await secrets.send(new CreateSecretCommand({ Name: `es-retention/dev/${name}`, SecretString }));
    },
    replaceSecret: async (name, SecretString) => {
      await secrets.send(new PutSecretValueCommand({ SecretId: `es-retention/dev/${name}`, SecretString }));
    },
    logOf: async (functionName) => {
      const lines: string[] = [];
      const logGroupName = `/aws/lambda/${NAME}-${functionName}`;
      for await (const { events = [] } of paginateFilterLogEvents({ client: logs }, { logGroupName }))
        for (const { message = '' } of events) lines.push(...message.split('\n'));
      return lines;
    },
    post: (path, body, headers) => call('POST', path, { 'content-type': 'application/json', ...headers }, body),
    get: (path, headers) => call('GET', path, headers),
    putEvent: async ({ source, detailType, detail }) => {
      const entry = { EventBusName: NAME, Source: source, DetailType: detailType, Detail: JSON.stringify(detail) };
      const { FailedEntryCount } = await bus.send(new PutEventsCommand({ Entries: [entry] }));
      if (FailedEntryCount) throw new Error('The bus refused the event.');
    },
    listen: (detailType) => busListener(options, NAME, detailType),
    receive: async (queue) => {
      const QueueUrl = (await resources()).get(queue);
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 1 }),
      );
      return Messages;
    },
    messagesIn: async (queue) => {
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: (await resources()).get(queue), AttributeNames: ['All'] }),
      );
      return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible);
    },
    setTries: async (queue, maxReceiveCount) => {
      const QueueUrl = (await resources()).get(queue);
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy'] }),
      );
      const RedrivePolicy = JSON.stringify({ ...JSON.parse(Attributes.RedrivePolicy ?? ''), maxReceiveCount });
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy } }));
    },
  };
};
