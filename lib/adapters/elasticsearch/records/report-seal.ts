import { createHash } from 'node:crypto';
import { RefusedError, TransientError } from '../../../base/errors.ts';

/** The commitment in the opened report. The secret behind it is in the closed report, in the field `opening`. */
export const commitmentTo = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

/**
 * Whether a closed report was written by the run that opened it. Reports of earlier versions have no commitment, so
 * they always pass.
 */
export const isOfItsRun = (opened: unknown, closed: unknown): boolean => {
  const { commitment } = { ...(opened as { readonly commitment?: unknown }) };
  const { opening: secret } = { ...(closed as { readonly opening?: unknown }) };
  return commitment === undefined || (typeof secret === 'string' && commitmentTo(secret) === commitment);
};

/**
 * The error of a run that finds another report in the place of its own report.
 * @param kept where its own report is now.
 */
export const forgedReport = (index: string, id: string, kept: string): RefusedError =>
  new RefusedError('forged-report', {
    expected: `no report ${id} in ${index} before this run writes it`,
    found: 'a report that somebody else wrote in its place',
    fix: `What this run did is in the report ${kept} of that index. Nothing has to be repeated. Whoever wrote the other report has a key that may add reports of this category. Find out who, make a new key for the category (setup --keys … --rotate), and revoke the earlier key.`,
  });

/** The error of a run whose report has already been opened. */
export const openedBefore = (index: string, id: string): TransientError =>
  new TransientError('conflict', {
    expected: `no report ${id} in ${index} before this run opens it`,
    found: 'one: this run was started before, or somebody else wrote the report in advance',
    fix: 'Nothing was removed. The next run has a different id. If this happens again, find out who has a key that may add reports of this category.',
  });

/** The ids of the two documents of a report. */
export const reportIds = (runId: string) => ({ opened: `${runId}.opened`, closed: `${runId}.closed` });
