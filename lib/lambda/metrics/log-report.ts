import { basename } from 'node:path';
import type { Logger } from '@aws-lambda-powertools/logger';
import { observeSentence, type Report } from '../../purge/report/report.ts';
import type { Outcome } from '../../purge/verify.ts';

/** Log levels, which alarms use: a refused run needs a person, an incomplete run needs the next run. */
const LEVEL = { complete: 'info', observed: 'info', incomplete: 'warn', refused: 'error' } as const satisfies Record<
  Outcome,
  string
>;

/** Logs the outcome of a run at its level, and a warning for each refusal and finding. */
export const logReport = (
  logger: Logger,
  { refusals, findings, ...report }: Report,
  answer: object,
  policyFile: string,
): void => {
  const { category, outcome, runId } = report;
  const switching = outcome === 'observed' ? `. ${observeSentence(basename(policyFile))}` : '';
  logger[LEVEL[outcome]](`${category}: ${outcome}${switching}`, { runId, report: answer });
  for (const refusal of refusals) {
    const { code, expected, found, fix } = refusal;
    logger.warn(`${category}: ${code}: expected ${expected}; found ${found}. ${fix}`, { runId, refusal });
  }
  for (const finding of findings) logger.warn(`${category}: ${finding.code}`, { runId, finding });
};
