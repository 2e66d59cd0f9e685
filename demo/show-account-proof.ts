import { styleText } from 'node:util';
import { accountQuery, applicationQuery, countRequest, countSubjects, type SubjectCount } from './account-count.ts';
import { DELETED, ENDED, REINSTATED, VICTIM } from './account-messages.ts';
import { columns } from './columns.ts';
import type { Premises } from './premises.ts';
import { heading, say } from './say.ts';
import { amount } from './tables.ts';

type Counts = ReadonlyMap<string, SubjectCount>;

const WHAT: ReadonlyMap<string, string> = new Map([
  [accountQuery(DELETED.uin), 'deleted'],
  [accountQuery(REINSTATED.uin), 'deleted, and reinstated in time'],
  [accountQuery(ENDED.uin), 'goes on without one application'],
  [applicationQuery(ENDED.sdkAppId), 'that application; its event came three times'],
  [accountQuery(VICTIM.uin), 'a forged deletion'],
]);

/** How many documents of a subject's configuration should have gone. */
const shouldHaveGone = ({ query, configuration }: SubjectCount, before: Counts): number => {
  if (query === accountQuery(DELETED.uin) || query === applicationQuery(ENDED.sdkAppId)) return configuration;
  const ended = before.get(applicationQuery(ENDED.sdkAppId))?.configuration ?? 0;
  return query === accountQuery(ENDED.uin) ? ended : 0;
};

const change = (before: number, after: number | undefined): string =>
  before === after ? `${amount(before)}, as before` : `${amount(after ?? 0)} of ${amount(before)}`;

/**
 * Counts again what was counted before, without any code of ours.
 * @returns whether Elasticsearch agrees: what ended is gone, and nothing else.
 */
export const showAccountProof = async ({ client }: Premises, before: Counts): Promise<boolean> => {
  heading('Asked of Elasticsearch directly, account by account, with plain counts and no code of ours');
  say(styleText('dim', countRequest(accountQuery(DELETED.uin))));
  const after = await countSubjects(client, ENDED.sdkAppId);
  const rows = [...before.values()].map(({ query, configuration, others }) => [
    query,
    WHAT.get(query) ?? 'nothing happened',
    change(configuration, after.get(query)?.configuration),
    change(others, after.get(query)?.others),
  ]);
  say(columns(['count', 'what happened', 'its configuration', 'its other records'], rows));
  say('Other records, the ended account’s too, go by their age: by the fourteen-day rule above.');
  return [...before.values()].every(
    (count) =>
      after.get(count.query)?.configuration === count.configuration - shouldHaveGone(count, before) &&
      after.get(count.query)?.others === count.others,
  );
};
