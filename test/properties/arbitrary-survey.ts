import type { Counts } from '../../lib/criteria/counts.ts';
import { BLOCKS } from '../../lib/criteria/index-blocks.ts';
import type { IndexDescription } from '../../lib/criteria/index-description.ts';
import type { Survey, SurveyedIndex } from '../../lib/criteria/survey-result.ts';
import { CUTOFF } from '../support/purge/purge-fixture.ts';
import fc from '../support/run/fast-check.ts';

const counts: fc.Arbitrary<Counts> = fc
  .record({
    due: fc.nat(3),
    live: fc.oneof(fc.constant(0), fc.nat(3)),
    undatable: fc.oneof(fc.constant(0), fc.nat(2)),
    to: fc.nat(9),
  })
  .map(({ due, live, undatable, to }) => ({
    documents: due + live + undatable,
    due,
    overdue: 0,
    undatable,
    aheadOfIngestion: 0,
    behindIngestion: 0,
    ...(due + live > 0 && { from: CUTOFF - 100, to: CUTOFF - 10 + to }),
  }));

const aliases = fc.uniqueArray(
  fc.record({ name: fc.constantFrom('logs-read', 'other-read', 'x'), isWriteIndex: fc.constantFrom(true, false) }),
  { selector: ({ name }) => name, maxLength: 3 },
);

const surveyed: fc.Arbitrary<SurveyedIndex> = fc
  .record({
    prefix: fc.constantFrom('logs', 'logs', 'logs', 'other', '.logs'),
    hidden: fc.constantFrom(false, false, false, true),
    system: fc.constantFrom(false, false, false, false, true),
    stream: fc.constantFrom(undefined, undefined, undefined, 'logs-stream', 'other-stream'),
    isStreamWritten: fc.boolean(),
    aliases,
    blocks: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.subarray([...BLOCKS])),
    counts: fc.option(counts, { nil: undefined, freq: 8 }),
    operations: fc.nat(2),
    isUnchanged: fc.boolean(),
    templateFields: fc.constantFrom(undefined, new Set<string>(), new Set(['@timestamp', 'event.ingested', 'uin'])),
    kind: fc.constantFrom(undefined, undefined, undefined, undefined, 'searchable-snapshot', 'follower-index'),
  })
  .map(({ prefix, stream, isStreamWritten, counts, operations, isUnchanged, templateFields, kind, ...rest }) => ({
    description: {
      name: prefix,
      uuid: 'u',
      open: true,
      health: 'green',
      answers: true,
      primaries: 1,
      fields: new Map(),
      read: { fields: [], digest: '' },
      dataStreamWriteIndex: stream !== undefined && isStreamWritten,
      ...(stream !== undefined && { dataStream: stream }),
      ...(kind !== undefined && { kind }),
      ...rest,
    } satisfies IndexDescription,
    usable: { timestamp: true, ingested: true },
    findings: [],
    ...(counts !== undefined && { counts }),
    ...(counts?.documents === 0 && { operations, isUnchanged }),
    ...(templateFields !== undefined && { templateFields }),
  }));

/** Surveys of a category with the pattern `logs-*`: of its indices, and of some that it should not reach. */
export const arbitrarySurvey: fc.Arbitrary<Survey> = fc.array(surveyed, { maxLength: 6 }).map((indices) => ({
  indices: indices.map((index, at) => ({
    ...index,
    description: { ...index.description, name: `${index.description.name}-${at}`, uuid: `u${at}` },
  })),
}));
