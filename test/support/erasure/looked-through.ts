import { NO_DOCUMENTS, type SubjectCounts } from '../../../lib/criteria/counts.ts';
import type { DueSubject } from '../../../lib/criteria/due-criteria.ts';
import type { Survey } from '../../../lib/criteria/survey-result.ts';
import type { DueErasures } from '../../../lib/purge/erasure-source.ts';
import type { Ports } from '../../../lib/purge/purge.ts';
import type { Report } from '../../../lib/purge/report/report.ts';
import { wholeSearch } from '../../../lib/rules/accounts/whole-search.ts';
import type { PurgeFixture } from '../purge/purge-fixture.ts';

type Asked = Pick<DueSubject, 'uin' | 'sdkAppId' | 'until'>;

/** Whether a run says that a subject is gone, by its counts in one index alone. */
type CallsGone = (index: string, subject: Asked) => boolean;

interface Looked {
  readonly report: Report;
  readonly callsGone: CallsGone;
  /** The documents of a subject that the verification found in all indices. */
  readonly countsOf: (subject: Asked) => SubjectCounts;
}

const watching = (real: DueErasures, onVerified: (survey: Survey) => void): DueErasures => ({
  ...real,
  without: (keys) => watching(real.without(keys), onVerified),
  only: (keys) => watching(real.only(keys), onVerified),
  recordOutcomes: (verification) => {
    onVerified(verification.survey);
    return real.recordOutcomes(verification);
  },
});

/**
 * Purges, and tells for each index alone whether a subject would count as gone. If the rows of a table
 * share a run, one faulty index keeps every erasure open. So the report of that run does not show which row is at
 * fault.
 */
export const lookThrough = async (
  { runPurge }: Pick<PurgeFixture, 'runPurge'>,
  options: Parameters<PurgeFixture['runPurge']>[0] = {},
): Promise<Looked> => {
  let verified: Survey = { indices: [] };
  let subjects: readonly DueSubject[] = [];
  const around = (ports: Ports): Ports => ({
    ...ports,
    erasureSource: {
      ...ports.erasureSource,
      dueOf: async (...given) => {
        const due = await ports.erasureSource.dueOf(...given);
        ({ subjects } = due);
        return watching(due, (survey) => {
          verified = survey;
        });
      },
    },
  });
  const report = await runPurge({ ...options, around });
  if (report.erasures?.braked !== 0) throw new Error('a brake holds back what the rows are about: see NO_BRAKE');
  const countsOf: Looked['countsOf'] = (subject) => {
    const { key } = subjects.find(({ uin, sdkAppId }) => uin === subject.uin && sdkAppId === subject.sdkAppId) ?? {};
    if (key === undefined) throw new Error('nobody has looked for that subject');
    return verified.subjects?.get(key) ?? NO_DOCUMENTS;
  };
  const callsGone: CallsGone = (index, subject) => {
    const own = verified.indices.filter(({ description }) => description.name === index);
    if (own.length !== 1) throw new Error(`nobody has looked through ${index}`);
    const { newUse: _, ...counts } = countsOf(subject);
    return wholeSearch({ indices: own })(subject) && Object.values(counts).every((count) => count === 0);
  };
  return { report, callsGone, countsOf };
};
