import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { PurgeAnswer } from '../lib/lambda/run-category.ts';
import type { RetentionPolicy } from '../lib/policy/retention-policy.ts';
import { httpEvent } from '../test/support/erasure/signed-webhook.ts';
import { newSecret } from './account-system.ts';
import { type BusEvent, type EventBus, openEventBus } from './event-bus.ts';
import { connectWebhook } from './function-environment.ts';
import { invokePurgeFunction, lambdaContext, loadFunction, type PurgeFunctionAnswer } from './functions.ts';
import { type Loopback, type LoopbackAnswer, openLoopback } from './loopback.ts';

type WebhookFunction = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;
/** The answer of a purge function to an event from the bus. */
type Recording = Exclude<Extract<PurgeFunctionAnswer, { readonly outcome: 'recorded' | 'ignored' }>, PurgeAnswer>;
/** The answers of all seven functions to one event. */
export type Recordings = readonly Recording[];

const FUNCTION = 'receive-termination';

interface EndpointOptions {
  /** The port to listen on; 0 for a free one. */
  readonly port?: number;
  /** Called with each answer. */
  readonly onAnswer?: (answer: LoopbackAnswer) => void;
}

/** Opens an HTTP server on loopback that passes each request to functions/receive-termination, as an HTTP API does. */
export const openWebhookEndpoint = async (
  interrupted: AbortSignal,
  { port = 0, onAnswer = () => undefined }: EndpointOptions = {},
): Promise<Loopback> => {
  const handler = await loadFunction<WebhookFunction>(FUNCTION);
  const { url, close } = await openLoopback(async ({ method = 'GET', headers }, received) => {
    const isJson = headers['content-type'] === 'application/json';
    const event = httpEvent(received.toString(isJson ? 'utf8' : 'base64'), headers as Record<string, string>, {
      method,
      isBase64Encoded: !isJson,
    });
    const answer = await handler(event, lambdaContext(FUNCTION, interrupted));
    const { statusCode: status = 200, headers: answered, body = '' } = answer;
    const given: LoopbackAnswer = { status, headers: answered as Record<string, string>, body };
    onAnswer(given);
    return given;
  }, port);
  return { url: `${url}/terminations`, close };
};

/** The parts between account system and ledger. */
export interface EventPlumbing {
  /** The URL for webhooks. */
  readonly url: string;
  /** The secret that signs them. */
  readonly secret: string;
  readonly bus: EventBus<Recordings>;
  /** Closes everything after all events are recorded. */
  readonly close: () => Promise<void>;
}

const isRecording = (answer: PurgeFunctionAnswer): answer is Recording =>
  answer.outcome === 'recorded' || answer.outcome === 'ignored';

/** Sends an event to all seven functions at once, as their rules would. */
const toAllFunctions =
  ({ categories }: RetentionPolicy, interrupted: AbortSignal) =>
  (event: BusEvent): Promise<Recordings> =>
    Promise.all(
      [...categories.keys()].map(async (id) => {
        const answer = await invokePurgeFunction(`purge-${id}`, event, interrupted);
        if (isRecording(answer)) return answer;
        throw new Error(`purge-${id} did not take an event: ${JSON.stringify(answer)}`);
      }),
    );

/** Opens webhook and bus on loopback, and configures the functions for them. */
export const openEventPlumbing = async (policy: RetentionPolicy, interrupted: AbortSignal): Promise<EventPlumbing> => {
  const secret = newSecret();
  const bus = await openEventBus(toAllFunctions(policy, interrupted));
  connectWebhook(bus.url, secret);
  const endpoint = await openWebhookEndpoint(interrupted);
  const close = async (): Promise<void> => {
    endpoint.close();
    await bus.close();
  };
  return { url: endpoint.url, secret, bus, close };
};
