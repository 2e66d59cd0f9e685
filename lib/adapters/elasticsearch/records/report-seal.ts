import { createHash } from 'node:crypto';
import { RefusedError, TransientError } from '../../../purge/errors.ts';

/** Stands in the opened report for the opening, which the closed one holds. */
export const commitmentTo = (opening: string): string => createHash('sha256').update(opening).digest('base64url');

/** Whether a closed report is of the run that opened it. Reports of earlier versions hold no commitment: nothing tells. */
export const isOfItsRun = (opened: unknown, closed: unknown): boolean => {
  const { commitment } = { ...(opened as { readonly commitment?: unknown }) };
  const { opening } = { ...(closed as { readonly opening?: unknown }) };
  return commitment === undefined || (typeof opening === 'string' && commitmentTo(opening) === commitment);
};

/** A run finds another report in the place of its own. @param kept where its own is now. */
export const forgedReport = (index: string, id: string, kept: string): RefusedError =>
  new RefusedError('forged-report', {
    expected: `no report ${id} in ${index} before this run writes it`,
    found: 'one that somebody else wrote in its place',
    fix: `What this run did is in the report ${kept} of that index; nothing has to be repeated. Whoever wrote the other has a key that may add reports of this category: look who, make a new key for the category (setup --keys … --rotate), and revoke the earlier one.`,
  });

/** A run finds that its report has been opened. */
export const openedBefore = (index: string, id: string): TransientError =>
  new TransientError('conflict', {
    expected: `no report ${id} in ${index} before this run opens it`,
    found: 'one: this run was begun before, or somebody else has written it in advance',
    fix: 'Nothing was removed; the next run has an id of its own. If it comes again, look who has a key that may add reports of this category.',
  });
