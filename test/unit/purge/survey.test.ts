import { describe, expect, test } from 'vitest';
import type { Tally } from '../../../lib/criteria/counts.ts';
import type { IndexDescription } from '../../../lib/criteria/index-description.ts';
import type { DocumentStore } from '../../../lib/purge/document-store.ts';
import { areMappedByTemplates, survey } from '../../../lib/purge/survey.ts';
import { CATEGORY, counted, describedIndex, NO_PAST } from '../../support/purge/described-index.ts';

interface World {
  readonly described: readonly IndexDescription[];
  /** What each count answers; the last one again and again. */
  readonly tallies: readonly Partial<Tally>[];
  readonly changes?: Partial<DocumentStore>;
}

/** A survey, and what the store was asked. */
const surveyed = async ({ described, tallies, changes = {} }: World) => {
  const asked: { patterns: readonly string[]; names: readonly string[] }[] = [];
  let counts = 0;
  const store: DocumentStore = {
    ...NO_PAST,
    describe: async () => described,
    count: async (patterns, indices) => {
      asked.push({ patterns, names: indices.map(({ name }) => name) });
      const tally = tallies[Math.min(counts++, tallies.length - 1)];
      return { counts: new Map(), unanswered: new Map(), ...tally };
    },
    ...changes,
  };
  return { asked, ...(await survey(store, CATEGORY, {})) };
};

const of = (...names: readonly string[]) => names.map((name) => describedIndex({ name }));
const all = (documents: number, due: number, ...names: readonly string[]) =>
  new Map(names.map((name) => [name, counted(documents, due)]));

describe('a survey', () => {
  test('counts by the patterns of the category, which refreshes every index', async () => {
    const { asked, indices } = await surveyed({
      described: of('call-log-1'),
      tallies: [{ counts: all(5, 1, 'call-log-1') }],
    });
    expect(asked).toEqual([{ patterns: ['call-log-*'], names: ['call-log-1'] }]);
    expect(indices).toMatchObject([{ counts: { documents: 5, due: 1 }, findings: [] }]);
  });

  test('counts by the names of the other indices if one index cannot be searched', async () => {
    const described = [...of('call-log-1'), describedIndex({ name: 'call-log-2', health: 'red' })];
    const { asked, indices } = await surveyed({ described, tallies: [{ counts: all(5, 1, 'call-log-1') }] });
    expect(asked).toEqual([{ patterns: ['call-log-1'], names: ['call-log-1'] }]);
    expect(indices[1]).toMatchObject({ findings: [{ code: 'red' }] });
    expect(indices[1]?.counts).toBeUndefined();
  });

  test('counts again if a healthy index does not answer, and then reports that index', async () => {
    const why = new Map([['call-log-2', 'no such index']]);
    const silent = { counts: all(5, 1, 'call-log-1'), unanswered: why };
    const { asked, indices } = await surveyed({ described: of('call-log-1', 'call-log-2'), tallies: [silent] });
    expect(asked).toHaveLength(2);
    expect(indices[1]).toMatchObject({
      findings: [{ code: 'unanswered', severity: 'blocking', found: 'no such index' }],
    });
  });

  test('uses the second count for an index that is missing in the first', async () => {
    const { indices } = await surveyed({
      described: of('call-log-1'),
      tallies: [{}, { counts: all(5, 1, 'call-log-1') }],
    });
    expect(indices).toMatchObject([{ counts: { documents: 5 }, findings: [] }]);
  });

  test('does not count again for an index whose faults affect the answers of others', async () => {
    const faulty = new Set(['call-log-1']);
    expect((await surveyed({ described: of('call-log-1'), tallies: [{ faulty }] })).asked).toHaveLength(1);
  });

  test.each<[string, () => Promise<ReadonlyMap<string, string>>]>([
    ['is another after the count than before', async () => new Map([['call-log-1', 'another']])],
    ['is not told after the count', async () => new Map()],
  ])('uses no count of an index whose mapping %s', async (_, mappings) => {
    const { indices } = await surveyed({
      described: of('call-log-1'),
      tallies: [{ counts: all(5, 5, 'call-log-1') }],
      changes: { mappings },
    });
    expect(indices).toMatchObject([{ findings: [{ found: 'its mapping changed while it was counted' }] }]);
    expect(indices[0]?.counts).toBeUndefined();
  });

  test('reads the history only of indices that have no document to keep', async () => {
    const asked: unknown[] = [];
    const names = ['call-log-empty', 'call-log-due', 'call-log-mixed'];
    const { indices } = await surveyed({
      described: of(...names),
      tallies: [
        {
          counts: new Map([
            ['call-log-empty', counted(0, 0)],
            ['call-log-due', counted(3, 3)],
            ['call-log-mixed', counted(3, 2)],
          ]),
        },
      ],
      changes: {
        operations: async () => new Map(names.map((name) => [name, 7])),
        templateFields: async (given) => {
          asked.push(given);
          return new Map([['call-log-due', new Set(['@timestamp'])]]);
        },
      },
    });
    expect(asked).toEqual([['call-log-empty', 'call-log-due']]);
    expect(indices.map(({ operations }) => operations)).toEqual([7, 7, undefined]);
    expect(indices.map(({ templateFields }) => templateFields?.size)).toEqual([undefined, 1, undefined]);
  });

  test('reads no history if every index has a document to keep', async () => {
    const fails = () => Promise.reject(new Error('asked'));
    const changes = { operations: fails, templateFields: fails };
    const tallies = [{ counts: all(3, 2, 'call-log-1') }];
    expect(await surveyed({ described: of('call-log-1'), tallies, changes })).toMatchObject({
      indices: [{ counts: { documents: 3 } }],
    });
  });

  test('marks an index in which a document is due and was not examined', async () => {
    const look = async (due: number) => {
      const tallies = [{ counts: all(3, due, 'call-log-1'), sourceUnsearched: new Set(['call-log-1']) }];
      const { indices } = await surveyed({ described: of('call-log-1'), tallies });
      return [indices[0]?.isSourceUnsearched, indices[0]?.findings.map(({ code }) => code)];
    };
    expect(await look(1)).toEqual([true, ['unanswered']]);
    expect(await look(0)).toEqual([undefined, []]);
  });

  test('does not use the account field of an index that could not be searched for subjects', async () => {
    const tallies = [{ counts: all(3, 0, 'call-log-1'), unsearched: new Map([['call-log-1', 'time' as const]]) }];
    const { indices, unsearched } = await surveyed({ described: of('call-log-1'), tallies });
    expect(indices[0]?.usable.account).toBeUndefined();
    expect([...(unsearched ?? [])]).toEqual([['call-log-1', 'time']]);
  });
});

describe('whether a template maps the next index', () => {
  const FIELDS = ['@timestamp', 'event.ingested'];

  test('depends on every field that the rules read', async () => {
    const mapped = new Map([
      ['call-log-1', new Set(FIELDS)],
      ['call-log-2', new Set(['@timestamp'])],
      ['call-log-3', new Set<string>()],
    ]);
    const asked: (readonly string[])[] = [];
    const templateFields = async (names: readonly string[]) => {
      asked.push(names);
      return mapped;
    };
    const names = ['call-log-1', 'call-log-2', 'call-log-3', 'call-log-4', 'call-log-1'];
    expect(await areMappedByTemplates({ templateFields }, CATEGORY, names)).toEqual([true, false, false, false, true]);
    expect(asked).toEqual([names.slice(0, 4)]);
  });
});
