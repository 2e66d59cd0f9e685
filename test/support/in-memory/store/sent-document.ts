import type { InMemoryDocument, JsonValue } from '../in-memory-cluster.ts';

/** A document as a writer sends it: dates as ISO 8601, one value or several. */
export interface SentDocument {
  readonly '@timestamp'?: string | readonly string[];
  readonly event?: { readonly ingested: string };
  readonly uin?: JsonValue | readonly JsonValue[];
  readonly sdkAppId?: JsonValue | readonly JsonValue[];
}

const listOf = <T>(values: T | readonly T[] | undefined): readonly T[] =>
  values === undefined ? [] : ([values].flat() as readonly T[]);

/** A document as the in-memory store keeps it: the inverse of `sourceOf` in the contract tests. */
export const fromSent = ({ '@timestamp': timestamp, event, uin, sdkAppId }: SentDocument): InMemoryDocument => ({
  timestamps: listOf(timestamp).map(Date.parse),
  ingested: event === undefined ? [] : [Date.parse(event.ingested)],
  uin: listOf(uin),
  sdkAppId: listOf(sdkAppId),
});
