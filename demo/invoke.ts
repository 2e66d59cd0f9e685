import type { Client } from '@elastic/elasticsearch';
import type { purgeHandler } from '../lib/lambda/purge-handler.ts';
import type { RetentionPolicy } from '../lib/policy/retention-policy.ts';
import type { Report } from '../lib/purge/report.ts';
import { lambdaContext, scheduledEvent } from './schedule.ts';

type PurgeFunction = ReturnType<typeof purgeHandler>;

/** The function of a category, as the cloud would load it. It logs nothing here: the demo says what happened. */
const load = async (functionName: string): Promise<PurgeFunction> => {
  process.env.POWERTOOLS_LOG_LEVEL = 'SILENT';
  process.env.POWERTOOLS_METRICS_DISABLED = 'true';
  delete process.env.AWS_LAMBDA_LOG_LEVEL;
  const module = (await import(`../functions/${functionName}.ts`)) as { readonly handler: PurgeFunction };
  return module.handler;
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
  { reports }: RetentionPolicy,
  interrupted: AbortSignal,
): Promise<Invocation> => {
  const functionName = `purge-${categoryId}`;
  const handler = await load(functionName);
  const start = performance.now();
  const answer = await handler(scheduledEvent(functionName, new Date()), lambdaContext(functionName, interrupted));
  const milliseconds = performance.now() - start;
  interrupted.throwIfAborted();
  if (answer.outcome === 'rejected') throw new Error(`${functionName} rejected the event: ${answer.message}`);
  if (!('planned' in answer)) throw new Error(`${functionName} took its schedule for another event.`);
  const { _source } = await client.get<Report>({ index: reports.index, id: answer.runId });
  if (_source === undefined) throw new Error(`${functionName} left no report.`);
  return { functionName, report: _source, milliseconds };
};
