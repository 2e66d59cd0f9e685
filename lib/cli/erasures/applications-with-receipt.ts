import type { AccountEvent } from '../../erasure/events/account-event.ts';
import { CategoryVisit } from '../../erasure/recording/category-visit.ts';
import type { Session } from '../session.ts';
import { entriesOf } from './subject-entries.ts';

type Searched = Pick<Session, 'policy' | 'erasure' | 'ports'>;

/** Milliseconds for which the archive is searched: a person waits. */
const SEARCHED_FOR = 10_000;

/** More applications of one account are not looked up in the ledger. */
const MAX_APPLICATIONS = 50;

/**
 * The applications of an account that the archive has events of. Nothing else names them: the ledger forgets the
 * identifiers of what is closed.
 * @throws InputError if no archive, or no key for it, is configured.
 */
const applicationsOf = async ({ erasure, ports: { clock } }: Searched, uin: string): Promise<readonly string[]> => {
  const archive = await erasure.archive();
  const until = clock() + SEARCHED_FOR;
  const found = new Set<string>();
  for await (const copy of archive.list('events')) {
    const subject = 'content' in copy ? (copy.content as AccountEvent).subject : undefined;
    if (subject?.uin === uin && subject.sdkAppId !== undefined) found.add(subject.sdkAppId);
    if (found.size >= MAX_APPLICATIONS || clock() > until) break;
  }
  return [...found].sort();
};

/**
 * The applications of an account for which a receipt was issued, as far as the archive knows them. A help only: if
 * archive or ledger do not answer, or no key opens the archive, there are none.
 */
export const applicationsWithReceipt = async (session: Searched, uin: string): Promise<readonly string[]> => {
  try {
    const applications = await applicationsOf(session, uin);
    const receipts = await Promise.all(
      applications.map(async (app) => {
        const entries = await entriesOf(session, { uin, app }, new CategoryVisit());
        return entries.some(({ closures }) => closures.some(({ receipt }) => receipt !== undefined));
      }),
    );
    return applications.filter((_, at) => receipts[at]);
  } catch {
    return [];
  }
};
