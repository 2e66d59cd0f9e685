import { RetentionError } from '../../base/errors.ts';
import type { Finding } from '../../criteria/finding.ts';
import type { ReportStore } from './report.ts';

/** The maximum number of reports that are named. */
const MAX_REPORTS_NAMED = 3;

const forged = (ids: readonly string[]): readonly Finding[] =>
  ids.length === 0
    ? []
    : [
        {
          code: 'forged-report',
          severity: 'notice',
          expected: 'every closed report of the last runs written by the run that opened it',
          found: `${ids.length} that somebody else wrote: ${ids.slice(0, MAX_REPORTS_NAMED).join(', ')}${ids.length > MAX_REPORTS_NAMED ? ', …' : ''}`,
          fix: 'Do not trust these reports. The genuine report of the run is stored beside each of them, under the same id with a suffix. Find out who has a key that may add reports of this category, make a new key (setup --keys … --rotate), and revoke the earlier key.',
        },
      ];

/**
 * The finding for reports that cannot be examined. It is blocking, since no run could write a report there either. If
 * only the key lacks the privilege to see them, it is a notice.
 */
const notExamined = ({ code, explanation }: RetentionError): readonly Finding[] => [
  {
    code: 'evidence-not-examined',
    severity: code === 'missing-privilege' ? 'notice' : 'blocking',
    ...explanation,
    found: `${code}: ${explanation.found}`,
  },
];

/**
 * Findings about the reports of a category: an index that no run can write to, or a report that somebody else wrote in
 * the name of a run.
 * @throws any error that is not a {@link RetentionError}.
 */
export const reportFindings = (
  category: string,
  reportStore: Pick<ReportStore, 'contested'>,
): Promise<readonly Finding[]> => findingsOrNotExamined(async () => forged(await reportStore.contested(category)));

/**
 * Examines evidence. If this fails, a finding says so.
 * @throws any error that is not a {@link RetentionError}.
 */
export const findingsOrNotExamined = async (look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> => {
  try {
    return await look();
  } catch (error) {
    if (error instanceof RetentionError) return notExamined(error);
    throw error;
  }
};
