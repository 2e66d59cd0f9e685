import type { Client } from '@elastic/elasticsearch';
import { number } from '../lib/cli/output/format.ts';
import { DELETED, ENDED, REINSTATED, VICTIM } from './account-system.ts';
import { accountQuery, applicationQuery, countSubjects, type SubjectCount } from './demo-counts.ts';
import type { Fact } from './output.ts';

/** How many configuration documents should have been erased, and why. */
const expectedOf = (query: string, { configuration }: SubjectCount): readonly [gone: number, what: string] => {
  switch (query) {
    case accountQuery(DELETED.uin):
      return [configuration, 'deleted'];
    case applicationQuery(ENDED.sdkAppId):
      return [configuration, 'its use ended'];
    case accountQuery(ENDED.uin):
      return [1, 'the use of one application ended'];
    case accountQuery(REINSTATED.uin):
      return [0, 'deleted, and reinstated in time'];
    case accountQuery(VICTIM.uin):
      return [0, 'a forged deletion'];
    default:
      return [0, 'nothing happened'];
  }
};

/** Counts everything again without any code of ours: data of ended accounts is gone, and nothing else. */
export const accountFacts = async (
  client: Client,
  before: ReadonlyMap<string, SubjectCount>,
): Promise<readonly Fact[]> => {
  const after = await countSubjects(client, ENDED.sdkAppId);
  return [...before].map(([query, had]) => {
    const has = after.get(query) ?? { configuration: 0, others: 0 };
    const [gone, what] = expectedOf(query, had);
    return {
      text: `${query} (${what}): ${has.configuration} of ${had.configuration} configurations left, ${number(has.others)} of ${number(had.others)} other documents`,
      holds: has.configuration === had.configuration - gone && has.others === had.others,
    };
  });
};
