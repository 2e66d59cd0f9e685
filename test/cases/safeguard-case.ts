import type { estypes } from '@elastic/elasticsearch';

/** Replaces a text of the example policy by another; a text that is not there fails the case. */
type PolicyEdit = readonly [find: string, replacement: string];

/** A request that the case sends to the server by itself. */
export type Request = readonly [method: 'PUT' | 'POST' | 'DELETE', path: string, body?: object];

/** One command line, and what must be true of it. */
export interface Step {
  readonly run: readonly string[];
  /** Exit codes that are right. Default: 0. */
  readonly exit?: readonly number[];
  /** What the output must match. */
  readonly says?: RegExp;
  /** What the output must not match. */
  readonly never?: RegExp;
  /** Edits of the policy from this step on, in addition to earlier ones. */
  readonly policy?: readonly PolicyEdit[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Requests that are sent after the command. */
  readonly afterwards?: readonly Request[];
  /** Indices that are deleted after the command: all whose names match, and at least one must. */
  readonly deleteAfterwards?: RegExp;
}

/**
 * What is in the cluster, what is run, and what must be left: seen from outside, through the command line. Index names
 * begin with `trtc-` as in the example policy, or with `reindexed-`.
 */
export interface SafeguardCase {
  /** What must be true, in the present tense. */
  readonly name: string;
  readonly indices?: Readonly<Record<string, CaseIndex>>;
  /** Sent once the indices are there. */
  readonly setup?: readonly Request[];
  readonly policy?: readonly PolicyEdit[];
  /** Files of the case's folder by name; a step names one as `$dir/name`. */
  readonly files?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
  /** Ids of what is left under an index pattern. */
  readonly left?: Readonly<Record<string, readonly string[]>>;
  /** What `GET path` must match afterwards. */
  readonly after?: Readonly<Record<string, RegExp>>;
}

interface CaseIndex {
  readonly mappings?: estypes.MappingTypeMapping;
  readonly settings?: estypes.IndicesIndexSettings;
  readonly documents?: Readonly<Record<string, object>>;
  /** Numbers of documents, each with the same content. */
  readonly many?: readonly (readonly [count: number, document: object])[];
}

/** The fields of the example policy, mapped as they should be. */
const PROPERTIES: Record<string, estypes.MappingProperty> = {
  '@timestamp': { type: 'date' },
  event: { properties: { ingested: { type: 'date' } } },
  uin: { type: 'keyword' },
  sdkAppId: { type: 'keyword' },
};

/**
 * An index with these documents, its fields mapped as usual or as given; `undefined` takes a field out of the mapping.
 */
export const index = (
  documents: CaseIndex['documents'],
  properties: Readonly<Record<string, estypes.MappingProperty | undefined>> = {},
  more: Omit<CaseIndex, 'documents' | 'mappings'> & { readonly mappings?: estypes.MappingTypeMapping } = {},
): CaseIndex => ({
  ...more,
  ...(documents !== undefined && { documents }),
  mappings: {
    ...more.mappings,
    properties: Object.fromEntries(
      Object.entries({ ...PROPERTIES, ...properties }).filter(
        (entry): entry is [string, estypes.MappingProperty] => entry[1] !== undefined,
      ),
    ),
  },
});

const UNITS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000 };

const millisecondsOf = (text: string): number =>
  [...text.matchAll(/(\d+)([dhm])/g)].reduce(
    (sum, [, count, unit = 'd']) => sum + Number(count) * (UNITS[unit] ?? 0),
    0,
  );

/** The instant so long ago, in ISO 8601 and UTC: `ago('14d3h')`. */
export const ago = (text: string): string => new Date(Date.now() - millisecondsOf(text)).toISOString();

/** The instant so far ahead. */
export const ahead = (text: string): string => new Date(Date.now() + millisecondsOf(text)).toISOString();

export const purge = (category: string): readonly string[] => ['purge', '--execute', '--category', category];
export const plan = (category: string): readonly string[] => ['plan', '--category', category];
export const verify = (category: string): readonly string[] => ['verify', '--category', category];

/** Exit code 0 (nothing is left) or 3 (something is left): the case is about something else. */
export const DONE_OR_LEFT = [0, 3];
/** Exit code 3: something is left. */
export const LEFT = [3];
