import { basename } from 'node:path';
import type { Logger } from '@aws-lambda-powertools/logger';
import { observeSentence } from '../../purge/report/observe-mode.ts';
import type { Report } from '../../purge/report/report.ts';
import type { Outcome } from '../../purge/verify.ts';

/** What alarms go by: a refusal waits for a person, what is left over waits for the next run. */
const LEVEL = { complete: 'info', observed: 'info', incomplete: 'warn', refused: 'error' } as const satisfies Record<
  Outcome,
  string
>;

/** Logs a run: its outcome, at the level that it deserves, and one warning for each refusal and each finding. */
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
