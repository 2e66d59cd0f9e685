import { type RequestFate, TransientError } from '../../../lib/base/errors.ts';
import type { DateField } from '../../../lib/criteria/due-criteria.ts';
import type { IndexDescription } from '../../../lib/criteria/index-description.ts';
import { matchesPattern } from '../../../lib/policy/index-pattern.ts';
import type { Instant } from '../../../lib/policy/time/instant.ts';

/** A value of an account or application in a document. */
export type JsonValue = string | number | boolean | null;

/** A document: the values of its two date fields, and whether a timestamp was ignored as malformed. */
export interface InMemoryDocument {
  readonly timestamps: readonly Instant[];
  readonly ingested: readonly Instant[];
  readonly malformed?: boolean;
  /** Dates in `_source` alone, of fields without values in the index. */
  readonly unseen?: Readonly<Partial<Record<DateField, readonly Instant[]>>>;
  /** Values of the account field; `sdkAppId` has those of the application field. */
  readonly uin?: readonly JsonValue[];
  readonly sdkAppId?: readonly JsonValue[];
  /** More accounts, which the mapping left out of the index. */
  readonly unindexed?: readonly JsonValue[];
}

/** An index: its description for the ports, and its documents by id. */
export interface InMemoryIndex {
  description: IndexDescription;
  readonly documents: Map<string, InMemoryDocument>;
  /** The sequence number of each document: the number of operations before it was written. */
  readonly numbers: Map<string, number>;
  /** Number of writes and deletions since it was created. */
  operations: number;
}

const date = { type: 'date', searchable: true, aggregatable: true };
const keyword = { type: 'keyword', searchable: true, aggregatable: true };

const FIELDS: IndexDescription['fields'] = new Map([
  ['@timestamp', date],
  ['event.ingested', date],
  ['uin', keyword],
  ['sdkAppId', keyword],
]);

/** A text that represents the mapping of these fields in an index. */
export const digestOf = (
  { fields, outOfSearch, leavesOut, shadows, source }: IndexDescription,
  asked: readonly string[],
): string =>
  JSON.stringify([
    ...asked.map((name) => [name, fields.get(name), outOfSearch?.get(name), leavesOut?.get(name)]),
    shadows,
    source,
  ]);

const FATES: Readonly<Record<string, RequestFate>> = {
  timeout: 'unknown',
  'no-server': 'unknown',
  'not-elasticsearch': 'unknown',
  'store-busy': 'ended',
  'out-of-time': 'unsent',
};

/** How far a request got that failed with this code, as the real adapters say it. */
export const fateByCode = (code: string): RequestFate => FATES[code] ?? 'refused';

/** A TransientError with the code that the real adapters use. */
export const failure = (code: string, found: string): TransientError =>
  new TransientError(
    code,
    { expected: 'the cluster to go on', found, fix: 'See the reason.' },
    { requestFate: fateByCode(code) },
  );

/** Indices and documents in memory. To the ports, it behaves like an Elasticsearch cluster. */
export class InMemoryCluster {
  readonly indices = new Map<string, InMemoryIndex>();
  /** Patterns of index templates that map every field. */
  templates: readonly string[] = [];
  #created = 0;

  /** Creates an open, green, ordinary index with these changes. */
  create(name: string, changes: Partial<IndexDescription> = {}): InMemoryIndex {
    if (this.indices.has(name)) throw failure('resource_already_exists_exception', name);
    this.#created += 1;
    const description: IndexDescription = {
      name,
      uuid: `uuid-${this.#created}`,
      open: true,
      health: 'green',
      answers: true,
      hidden: false,
      system: false,
      dataStreamWriteIndex: false,
      primaries: 1,
      blocks: [],
      aliases: [],
      fields: FIELDS,
      read: { fields: [], digest: '' },
      ...changes,
    };
    const index = {
      description,
      documents: new Map<string, InMemoryDocument>(),
      numbers: new Map<string, number>(),
      operations: 0,
    };
    this.indices.set(name, index);
    return index;
  }

  /** The index of that name; throws like a request that names a missing index. */
  existing(name: string): InMemoryIndex {
    const index = this.indices.get(name);
    if (index === undefined) throw failure('index_not_found_exception', name);
    if (!index.description.open) throw failure('index_closed_exception', name);
    return index;
  }

  /** Changes the description of an index. */
  describe(name: string, changes: Partial<IndexDescription>): void {
    const index = this.indices.get(name);
    if (index !== undefined) index.description = { ...index.description, ...changes };
  }

  /** Writes a document. Creates the index if it is missing, as Elasticsearch does. */
  write(name: string, id: string, document: InMemoryDocument): void {
    const index = this.indices.has(name) ? this.existing(name) : this.create(name);
    const { description, documents } = index;
    const block = description.blocks.find((each) => each !== 'metadata' && each !== 'read');
    if (block !== undefined) throw failure('cluster_block_exception', `${name} has index.blocks.${block}`);
    documents.set(id, document);
    index.numbers.set(id, index.operations);
    index.operations += 1;
  }

  /** Deletes a document, as the remover does. */
  remove(name: string, id: string): void {
    const index = this.existing(name);
    if (index.documents.delete(id)) index.operations += 1;
  }

  /** The indices that the patterns match, by their own name, data stream or alias. */
  matching(patterns: readonly string[]): readonly InMemoryIndex[] {
    const matches = (name: string | undefined): boolean =>
      name !== undefined && patterns.some((pattern) => matchesPattern(name, pattern));
    return [...this.indices.values()]
      .filter(
        ({ description: { name, aliases, dataStream } }) =>
          matches(name) || matches(dataStream) || aliases.some((alias) => matches(alias.name)),
      )
      .sort((a, b) => (a.description.name < b.description.name ? -1 : 1));
  }
}
