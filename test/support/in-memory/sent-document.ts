import type { InMemoryDocument, JsonValue } from './in-memory-cluster.ts';

/** A document as a writer sends it: dates as ISO 8601, one value or several. */
export interface SentDocument {
  readonly '@timestamp'?: string | readonly string[];
  readonly event?: { readonly ingested: string };
  readonly uin?: JsonValue | readonly JsonValue[];
  readonly sdkAppId?: JsonValue | readonly JsonValue[];
}

const listOf = <T>(values: T | readonly T[] | undefined): readonly T[] =>
  values === undefined ? [] : ([values].flat() as readonly T[]);

/** The document as the store in memory keeps it: what `sourceOf` of the contract tests undoes. */
export const fromSent = ({ '@timestamp': timestamp, event, uin, sdkAppId }: SentDocument): InMemoryDocument => ({
  timestamps: listOf(timestamp).map(Date.parse),
  ingested: event === undefined ? [] : [Date.parse(event.ingested)],
  uin: listOf(uin),
  sdkAppId: listOf(sdkAppId),
});
