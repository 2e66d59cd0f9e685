import type { Result } from '../../output/result.ts';
import { collectReport } from '../../report/collect-report.ts';
import type { ReportData } from '../../report/report-data.ts';
import { writePage } from '../../report/write-page.ts';
import type { Session } from '../../session.ts';

/** The options of `report`. */
export interface ReportQuestion {
  /** The file of the page. */
  readonly html?: string;
  readonly allowEmpty: boolean;
}

const write = async (file: string, data: ReportData): Promise<void> => {
  // Loaded only here: no other command draws anything.
  const { reportPage } = await import('../../report/html/report-page.ts');
  await writePage(file, reportPage(data));
};

/**
 * `report`: the state of all promises and the last 90 days, as one HTML file or as JSON. Changes nothing in the
 * cluster.
 * @throws InputError `not-written`
 */
export const reportCommand = async (session: Session, { html, allowEmpty }: ReportQuestion): Promise<Result> => {
  const { data, exitCode } = await collectReport(session, allowEmpty);
  if (html !== undefined) await write(html, data);
  return {
    page: [
      { text: data.summary, style: 'bold' },
      ...data.unread.map(({ category, code }) => `Not read: ${category} (${code}).`),
      ...(html === undefined ? [] : [`Written: ${html}`]),
    ],
    json: { command: 'report', exitCode, ...data },
    exitCode,
  };
};
