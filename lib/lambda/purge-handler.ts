import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import middy, { type MiddyfiedHandler } from '@middy/core';
import type { Context } from 'aws-lambda';
import { readConnection } from '../adapters/configuration.ts';
import { createClient } from '../adapters/elasticsearch/client.ts';
import { identifyCluster } from '../adapters/elasticsearch/cluster.ts';
import { elasticsearchPorts, REQUEST_MILLISECONDS } from '../adapters/elasticsearch/elasticsearch-ports.ts';
import type { RequestPolicy } from '../adapters/elasticsearch/request.ts';
import { erasurePorts } from '../adapters/erasure-ports.ts';
import { categoryOf, policyFile, readPolicy } from '../adapters/policy-file.ts';
import { isTermination } from '../erasure/bus-event.ts';
import { closeBooks } from '../erasure/close-books.ts';
import type { Category, RetentionPolicy } from '../policy/retention-policy.ts';
import { purge } from '../purge/purge.ts';
import type { Report } from '../purge/report.ts';
import { lambdaBudget, type RemainingTime } from './lambda-budget.ts';
import { logReport } from './log-report.ts';
import { type Recording, recordEvent } from './record-event.ts';
import { triggerOf } from './schedule-event.ts';
import { type Rejection, settleFailures } from './settle-failures.ts';

/** What a purge function answers to its schedule: the report without its indices and findings, which are in the report index. */
export type PurgeAnswer = Omit<Report, 'indices' | 'findings'>;

const answerOf = ({ indices: _, findings: __, ...answer }: Report): PurgeAnswer => answer;

/** One invocation: what it works with. */
export interface Invocation {
  readonly policy: RetentionPolicy;
  readonly category: Category;
  readonly client: ReturnType<typeof createClient>;
  readonly requests: RequestPolicy;
  readonly logger: Logger;
}

const runSchedule = async (
  { policy, category, client, requests, logger }: Invocation,
  event: unknown,
  context: RemainingTime,
): Promise<PurgeAnswer> => {
  const trigger = triggerOf(event);
  const budget = lambdaBudget(context);
  const cluster = await identifyCluster(client, requests);
  const ports = elasticsearchPorts(client, policy, requests, Date.now);
  const report = await purge({ runId: randomUUID(), trigger, dryRun: false, cluster, policy, category, budget }, ports);
  const answer = answerOf(report);
  logReport(logger, report, answer, policyFile());
  if (report.erasures !== undefined) {
    const books = erasurePorts(client, requests, Date.now);
    const receipts = await closeBooks({ policy, category, cluster }, books, Date.now());
    if (receipts.issued + receipts.waiting > 0) logger.info(`${category.id}: receipts`, { receipts });
  }
  return answer;
};

/**
 * The Lambda handler of one category: purges it when its schedule says so, and records what an event of the bus says that it
 * owes to a subject.
 * @throws WorldError when the store failed, so that Lambda tries again. Wrong input is answered, not thrown.
 */
export const purgeHandler = (
  categoryId: string,
): MiddyfiedHandler<unknown, PurgeAnswer | Recording | Rejection, Error, Context> => {
  const logger = new Logger({ serviceName: `purge-${categoryId}` });
  return middy<unknown, PurgeAnswer | Recording | Rejection, Error, Context>()
    .use(settleFailures(logger))
    .handler(async (event, context) => {
      // What is wrong with the event itself is said whatever else is wrong.
      if (!isTermination(event)) triggerOf(event);
      const policy = readPolicy();
      const category = categoryOf(policy, categoryId);
      const client = createClient(readConnection());
      const requests = {
        timeout: () => Math.min(REQUEST_MILLISECONDS, context.getRemainingTimeInMillis() - 1_000),
      };
      const invocation = { policy, category, client, requests, logger };
      try {
        return isTermination(event)
          ? await recordEvent(invocation, event)
          : await runSchedule(invocation, event, context);
      } finally {
        await client.close();
      }
    });
};
