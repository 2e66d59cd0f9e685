import { randomUUID } from 'node:crypto';
import {
  DeleteRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, DeleteQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { clientOptions } from './client-options.ts';

/** An event as the target of a rule receives it. */
interface HeardEvent {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A listener on a bus other than the functions: somebody else's rule with a queue. */
export interface BusListener {
  /** The events heard so far, without duplicates. */
  readonly heard: () => Promise<readonly HeardEvent[]>;
  readonly stop: () => Promise<void>;
}

/** Listens on a bus for one detail type of the functions' events, with the pattern of docs/webhook.md. */
export const busListener = async (
  options: ReturnType<typeof clientOptions>,
  bus: string,
  detailType: string,
): Promise<BusListener> => {
  const events = new EventBridgeClient(options);
  const sqs = new SQSClient(options);
  const name = `listener-${randomUUID()}`;
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const EventPattern = JSON.stringify({ source: [{ prefix: 'es-retention.purge-' }], 'detail-type': [detailType] });
  const rule = { EventBusName: bus, Rule: name };
  await events.send(new PutRuleCommand({ EventBusName: bus, Name: name, EventPattern }));
  const Arn = `arn:aws:sqs:${options.region}:000000000000:${name}`;
  await events.send(new PutTargetsCommand({ ...rule, Targets: [{ Id: 'queue', Arn }] }));
  const heard = new Map<string | undefined, HeardEvent>();
  return {
    heard: async () => {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      for (const { MessageId, Body = '' } of Messages) heard.set(MessageId, JSON.parse(Body));
      return [...heard.values()];
    },
    stop: async () => {
      await events.send(new RemoveTargetsCommand({ ...rule, Ids: ['queue'] }));
      await events.send(new DeleteRuleCommand({ EventBusName: bus, Name: name }));
      await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    },
  };
};
