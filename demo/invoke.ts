import type { Client } from '@elastic/elasticsearch';
import type { Context } from 'aws-lambda';
import { reportIds } from '../lib/adapters/elasticsearch/records/report-ids.ts';
import type { purgeHandler } from '../lib/lambda/purge-handler.ts';
import { ownIndices } from '../lib/policy/own-indices.ts';
import type { RetentionPolicy } from '../lib/policy/retention-policy.ts';
import type { Report } from '../lib/purge/report/report.ts';
import { lambdaContext, scheduledEvent } from './schedule.ts';

type LambdaHandler = (event: never, context: Context) => Promise<unknown>;
type PurgeFunction = ReturnType<typeof purgeHandler>;
export type PurgeFunctionAnswer = Awaited<ReturnType<PurgeFunction>>;

/** The function of that name, as the cloud would load it. */
export const loadFunction = async <Handler extends LambdaHandler>(functionName: string): Promise<Handler> =>
  ((await import(`../functions/${functionName}.ts`)) as { readonly handler: Handler }).handler;

/** Invokes the function of one category with any event. */
export const invokePurgeFunction = async (
  functionName: string,
  event: unknown,
  interrupted: AbortSignal,
): Promise<PurgeFunctionAnswer> => {
  const handler = await loadFunction<PurgeFunction>(functionName);
  return handler(event, lambdaContext(functionName, interrupted));
};

/** What the function of one category did, in the words of the report that it left in Elasticsearch. */
export interface Invocation {
  readonly functionName: string;
  readonly report: Report;
  readonly milliseconds: number;
}

/**
 * Invokes the function of one category with a schedule event.
 * @throws Error when it rejects the event or fails.
 */
export const invoke = async (
  categoryId: string,
  client: Client,
  policy: RetentionPolicy,
  interrupted: AbortSignal,
): Promise<Invocation> => {
  const functionName = `purge-${categoryId}`;
  await loadFunction(functionName);
  const start = performance.now();
  const answer = await invokePurgeFunction(functionName, scheduledEvent(functionName, new Date()), interrupted);
  const milliseconds = performance.now() - start;
  interrupted.throwIfAborted();
  if (answer.outcome === 'rejected') throw new Error(`${functionName} rejected the event: ${answer.message}`);
  if (!('planned' in answer)) throw new Error(`${functionName} took its schedule for another event.`);
  const at = { index: ownIndices(policy, categoryId).reports, id: reportIds(answer.runId).closed };
  const { _source } = await client.get<Report>(at);
  if (_source === undefined) throw new Error(`${functionName} left no report.`);
  return { functionName, report: _source, milliseconds };
};
