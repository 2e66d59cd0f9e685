import type { Client } from '@elastic/elasticsearch';
import type { InMemoryDocument } from '../support/in-memory/in-memory-cluster.ts';
import type { Acknowledged } from './retention-oracle.ts';

/** One write as it is sent, and what the oracle has to know of it. */
export interface Write {
  readonly index: string;
  readonly id: string;
  readonly source: object;
  readonly document: InMemoryDocument;
}

/** What the server may answer a writer whose index is being purged: a write block, or that it is gone. */
const isExpected = (error: unknown): boolean => {
  const status = (error as { statusCode?: number }).statusCode;
  return status === 403 || status === 404 || status === 400;
};

/** Sends a write like any other program, and believes it done only when the server says so. */
export const send = async (
  client: Client,
  { index, id, source, document }: Write,
  acknowledged: Acknowledged,
): Promise<void> => {
  try {
    await client.index({ index, id, document: source });
    acknowledged.add(index, id, document);
  } catch (error) {
    if (!isExpected(error)) throw error;
  }
};

/** Several programs that write at once, each one write after the other. */
export const startWriters = (
  client: Client,
  writes: readonly Write[],
  programs: number,
  acknowledged: Acknowledged,
): Promise<unknown> =>
  Promise.all(
    Array.from({ length: programs }, async (_, program) => {
      for (const [at, write] of writes.entries())
        if (at % programs === program) await send(client, write, acknowledged);
    }),
  );
