import type { estypes } from '@elastic/elasticsearch';
import { expect, test } from 'vitest';
import { dueByAge } from '../../lib/adapters/elasticsearch/query/age-query.ts';
import { dateRuntime } from '../../lib/adapters/elasticsearch/query/coarse-dates.ts';
import type { AgeCriteria, UsableFields } from '../../lib/criteria/due-criteria.ts';
import { DAY, HOUR } from '../../lib/policy/time/duration.ts';
import type { Instant } from '../../lib/policy/time/instant.ts';
import { isFormatReadInPart, precisionOf } from '../../lib/rules/dates/date-format.ts';
import { purgeFixture } from '../support/purge/purge-fixture.ts';
import fc from '../support/run/fast-check.ts';
import { propertyRuns } from '../support/run/property-runs.ts';
import { serverNow } from '../support/server/server-clock.ts';
import { type DatedText, datedText, isoText } from './arbitrary-formats.ts';

const FORMATS = 60;
const ROUNDS = propertyRuns(3);

type Fixture = ReturnType<typeof purgeFixture>;

/** Each text in a field and a document of its own, so that one index holds them all. */
const indexed = async ({ client, id }: Fixture, texts: readonly DatedText[]): Promise<string> => {
  const index = `${id}-formats`;
  const properties = texts.map(
    ({ format }, at) => [`d${at}`, { type: 'date', format, ignore_malformed: true } as const] as const,
  );
  const settings = { 'index.max_docvalue_fields_search': texts.length };
  await client.indices.create({ index, settings, mappings: { properties: Object.fromEntries(properties) } });
  const operations = texts.flatMap(({ value }, at) => [{ index: { _id: `${at}` } }, { [`d${at}`]: value }]);
  await client.bulk({ index, operations, refresh: true });
  return index;
};

/** Where the server has the texts begin; undefined where it read none. */
const startsIn = async ({ client }: Fixture, index: string, texts: readonly DatedText[]) => {
  const docvalue_fields = texts.map((_, at) => ({ field: `d${at}`, format: 'epoch_millis' }));
  const { hits } = await client.search({ index, size: texts.length, _source: false, docvalue_fields });
  return new Map(hits.hits.map(({ _id, fields }) => [Number(_id), Number(fields?.[`d${_id}`]?.[0])]));
};

const criteriaOf = (at: number, cutoff: Instant): AgeCriteria => ({
  timestampField: `d${at}`,
  ingestedField: 'none',
  earliest: Date.UTC(2010, 0),
  cutoff,
  term: { maxAge: { iso: 'P14D', milliseconds: 14 * DAY } },
  overdueBefore: cutoff - HOUR,
  apartBefore: cutoff - HOUR,
  futureFrom: serverNow() + HOUR,
});

interface Question {
  readonly at: number;
  readonly cutoff: Instant;
  readonly isDue: boolean;
}

const searchOf = ({ at, cutoff }: Question, format: string, isTold: boolean): estypes.MsearchMultisearchBody => {
  const criteria = criteriaOf(at, cutoff);
  const precision = precisionOf(format, isTold ? [`d${at}`] : undefined);
  const usable: UsableFields = {
    timestamp: true,
    ingested: false,
    ...(precision && { precision: { timestamp: precision } }),
  };
  return { size: 0, runtime_mappings: dateRuntime(criteria, usable), query: dueByAge(criteria, usable) };
};

/**
 * Those that are due before their end, and how many are not after it: what more than one pattern reads counts as the
 * longest.
 */
const wrongAnswers = async (fixture: Fixture, texts: readonly DatedText[], isTold: boolean) => {
  const index = await indexed(fixture, texts);
  const starts = await startsIn(fixture, index, texts);
  const questions = texts.flatMap(({ start, end }, at): Question[] => {
    if (starts.get(at) !== start) return [];
    // What names a second goes at once; a month or year of another zone counts as long as one may be.
    const late = end - start === 1 ? 0 : HOUR + Math.min(7 * DAY, Math.ceil((end - start) / 8));
    return [
      { at, cutoff: end - 1, isDue: false },
      { at, cutoff: start + Math.floor((end - start) / 2), isDue: false },
      { at, cutoff: end + (isTold ? late : 373 * DAY), isDue: true },
    ];
  });
  const searches = questions.flatMap((question) => [
    { index },
    searchOf(question, (texts[question.at] as DatedText).format, isTold),
  ]);
  const { responses } = await fixture.client.msearch({ searches });
  let kept = 0;
  const wrong = questions.flatMap((question, at): object[] => {
    const answer = responses[at] as estypes.MsearchMultiSearchItem & { error?: unknown };
    if (answer.error !== undefined) return [{ ...texts[question.at], error: answer.error }];
    const { value } = answer.hits.total as estypes.SearchTotalHits;
    if (question.isDue && value === 0) kept += 1;
    return value === 0 || question.isDue ? [] : [{ ...texts[question.at], isDue: true }];
  });
  await fixture.client.indices.delete({ index });
  return { asked: questions.length, wrong, kept };
};

const isRead = (text: DatedText | undefined): text is DatedText =>
  text !== undefined && !isFormatReadInPart(text.format);

/**
 * It never deletes a document while what its date names has not ended before the cutoff, however the date is written.
 */
test.each([
  ['told by _source', datedText, FORMATS, true],
  ['that nobody tells', datedText, FORMATS, false],
  // Most texts are none of their format's.
  ['built in', isoText, 5 * FORMATS, true],
])(
  'no document is due before the end of the day, month or year that its date names: %s',
  { timeout: 120_000 },
  async (_, of, most, isTold) => {
    const fixture = purgeFixture();
    let [asked, kept] = [0, 0];
    for (let round = 0; round < ROUNDS; round++) {
      const texts = fc
        .sample(of as fc.Arbitrary<DatedText | undefined>, 2 * most)
        .filter(isRead)
        .slice(0, most);
      const answers = await wrongAnswers(fixture, texts, isTold);
      asked += answers.asked;
      kept += answers.kept;
      expect(answers.wrong).toEqual([]);
    }
    expect(asked).toBeGreaterThan(ROUNDS * 5);
    // A third of the questions are about dates that are over.
    expect(kept / (asked / 3)).toBeLessThan(0.1);
  },
);
