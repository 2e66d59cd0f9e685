import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import middy, { type MiddyfiedHandler } from '@middy/core';
import type { Context } from 'aws-lambda';
import { readConnection } from '../adapters/configuration.ts';
import { createClient } from '../adapters/elasticsearch/client.ts';
import { identifyCluster } from '../adapters/elasticsearch/cluster.ts';
import { elasticsearchPorts, REQUEST_MILLISECONDS } from '../adapters/elasticsearch/elasticsearch-ports.ts';
import { categoryOf, policyFile, readPolicy } from '../adapters/policy-file.ts';
import { purge } from '../purge/purge.ts';
import type { Report } from '../purge/report.ts';
import { lambdaBudget, type RemainingTime } from './lambda-budget.ts';
import { logReport } from './log-report.ts';
import { triggerOf } from './schedule-event.ts';
import { type Rejection, settleFailures } from './settle-failures.ts';

/** What a purge function answers: the report without its indices and findings, which are in the report index. */
export type PurgeAnswer = Omit<Report, 'indices' | 'findings'>;

const answerOf = ({ indices: _, findings: __, ...answer }: Report): PurgeAnswer => answer;

const purgeCategory = async (categoryId: string, event: unknown, context: RemainingTime): Promise<Report> => {
  const trigger = triggerOf(event);
  const policy = readPolicy();
  const category = categoryOf(policy, categoryId);
  const budget = lambdaBudget(context);
  const requests = {
    timeout: () => Math.min(REQUEST_MILLISECONDS, context.getRemainingTimeInMillis() - 1_000),
  };
  const client = createClient(readConnection());
  try {
    const cluster = await identifyCluster(client, requests);
    const ports = elasticsearchPorts(client, policy, requests, Date.now);
    return await purge({ runId: randomUUID(), trigger, dryRun: false, cluster, policy, category, budget }, ports);
  } finally {
    await client.close();
  }
};

/**
 * The Lambda handler that purges one category when its schedule says so.
 * @throws WorldError when the store failed, so that Lambda tries again. Wrong input is answered, not thrown.
 */
export const purgeHandler = (
  categoryId: string,
): MiddyfiedHandler<unknown, PurgeAnswer | Rejection, Error, Context> => {
  const logger = new Logger({ serviceName: `purge-${categoryId}` });
  return middy<unknown, PurgeAnswer | Rejection, Error, Context>()
    .use(settleFailures(logger))
    .handler(async (event, context) => {
      const report = await purgeCategory(categoryId, event, context);
      const answer = answerOf(report);
      logReport(logger, report, answer, policyFile());
      return answer;
    });
};
