import type { Block } from '../../lib/criteria/index-blocks.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import type { InMemoryDocument } from '../support/in-memory/in-memory-cluster.ts';
import fc from '../support/run/fast-check.ts';
import { arbitraryDocument, arbitraryExpired, arbitraryLate } from './arbitrary-documents.ts';

/** An index as a history begins. Its block is somebody else's. */
export interface ArbitraryIndex {
  readonly documents: readonly InMemoryDocument[];
  readonly aliases: readonly { readonly name: string; readonly writes: boolean }[];
  readonly block: Block | undefined;
  readonly condition: 'open' | 'closed' | 'red';
}

/** The `nth` call of that kind, or, of any kind, the `nth` of all. */
export interface Moment {
  readonly call: string;
  readonly nth: number;
}

/** A document that somebody writes just before a moment of a run, into an index that may be gone by then. */
interface LateWrite {
  readonly at: Moment;
  readonly index: number;
  readonly document: InMemoryDocument;
}

/** A run that something goes wrong in. */
export interface DisturbedRun {
  /** How long after the last one it starts. */
  readonly later: number;
  /** How long each call takes. */
  readonly tick: number;
  /** How often the time budget says that there is time left. */
  readonly patience: number;
  readonly mishap: 'none' | 'fault' | 'outage' | 'crash' | 'takeover';
  readonly mishapAt: Moment;
  readonly answerLost: boolean;
  /** Indices that somebody drops and makes anew meanwhile. */
  readonly replaced: readonly { readonly at: Moment; readonly index: number }[];
  readonly writes: readonly LateWrite[];
}

const rarely = <T>(weight: number, usual: T, rare: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: rare });

const documents = fc.oneof(
  fc.array(arbitraryExpired, { minLength: 1, maxLength: 3 }),
  fc.array(arbitraryDocument, { maxLength: 5 }),
  fc.tuple(fc.array(arbitraryExpired, { maxLength: 4 }), arbitraryDocument).map(([most, one]) => [...most, one]),
);

const index: fc.Arbitrary<ArbitraryIndex> = fc.record({
  documents,
  aliases: rarely(
    2,
    [],
    fc.uniqueArray(fc.record({ name: fc.constantFrom('read', 'write'), writes: fc.boolean() }), {
      selector: ({ name }) => name,
      maxLength: 2,
    }),
  ),
  block: rarely<Block | undefined>(
    6,
    undefined,
    fc.constantFrom<Block>('write', 'read_only', 'read_only_allow_delete', 'metadata'),
  ),
  condition: rarely<ArbitraryIndex['condition']>(12, 'open', fc.constantFrom('closed', 'red')),
});

const CALLS = 70;

const moment: fc.Arbitrary<Moment> = fc.oneof(
  fc.record({ call: fc.constant('any'), nth: fc.nat(CALLS) }),
  fc.record({
    call: fc.constantFrom(
      'declareBlocks',
      'assertLeased',
      'state',
      'blockWrites',
      'countLive',
      'drop',
      'liftWriteBlock',
    ),
    nth: fc.nat(3),
  }),
);

const run: fc.Arbitrary<DisturbedRun> = fc.record({
  later: fc.constantFrom(0, 1, 900_000, DAY, 5 * DAY),
  tick: fc.constantFrom(0, 0, 10, 9_000),
  patience: rarely(3, Number.POSITIVE_INFINITY, fc.nat(6)),
  mishap: fc.constantFrom('none', 'fault', 'outage', 'crash', 'takeover'),
  mishapAt: moment,
  answerLost: fc.boolean(),
  replaced: rarely(3, [], fc.array(fc.record({ at: moment, index: fc.nat(5) }), { maxLength: 2 })),
  writes: fc.array(fc.record({ at: moment, index: fc.nat(7), document: arbitraryLate }), { maxLength: 6 }),
});

/** What a cluster holds at first, and the disturbed runs that follow. */
export const arbitraryHistory = fc.record({
  indices: fc.array(index, { maxLength: 6 }),
  /** Whether an index template maps what is made next. */
  isTemplated: fc.boolean(),
  runs: fc.array(run, { maxLength: 3 }),
});
