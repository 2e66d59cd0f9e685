import type { Archived, ArchiveKind } from '../../lib/erasure/archive/archive.ts';
import type { MessageQueue, QueueMessage } from '../../lib/erasure/intake/message-queue.ts';
import type { Clock, Instant } from '../../lib/policy/time/instant.ts';

/** An archive in memory. It is never restored, and stands outside the cluster. */
export class ArchiveInMemory {
  readonly #copies = new Map<ArchiveKind, Map<string, { readonly at: Instant; readonly content: object }>>();
  readonly #clock: Clock;
  onPut: (kind: ArchiveKind, content: object) => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  #of(kind: ArchiveKind) {
    const known = this.#copies.get(kind) ?? new Map();
    this.#copies.set(kind, known);
    return known;
  }

  put(kind: ArchiveKind, id: string, content: object): void {
    const copies = this.#of(kind);
    if (!copies.has(id)) copies.set(id, { at: this.#clock(), content });
    this.onPut(kind, content);
  }

  ids(kind: ArchiveKind, since: Instant): readonly string[] {
    return [...this.#of(kind)].filter(([, { at }]) => at >= since).map(([id]) => id);
  }

  list(kind: ArchiveKind): readonly Archived[] {
    return [...this.#of(kind)].map(([id, { content }]) => ({ id, content }));
  }

  removeOld(kind: ArchiveKind, before: Instant, needed: ReadonlySet<string> | undefined): number {
    const copies = this.#of(kind);
    const old = [...copies].filter(([id, { at }]) => at < before && needed?.has(id) !== true);
    for (const [id] of old) copies.delete(id);
    return old.length;
  }
}

/** A received message is hidden for this long, as `deploy/failures.ts` sets it. */
const VISIBILITY = 900_000;

/** A message is kept for this long, as `deploy/failures.ts` sets it: 14 days without 30 hours. */
const RETENTION = (14 * 24 - 30) * 3_600_000;

interface Waiting {
  readonly id: string;
  readonly body: string;
  readonly sentAt: Instant;
  tries: number;
  receipt: number;
  hiddenUntil: Instant;
}

/**
 * A queue of SQS in memory.
 * @param onLost called with a message that nobody removed in time.
 */
export const queueInMemory = (clock: Clock, onLost: (body: string) => void): MessageQueue => {
  const waiting = new Map<string, Waiting>();
  let count = 0;
  const own = ({ id, receipt }: QueueMessage): Waiting | undefined => {
    const found = waiting.get(id);
    return `${found?.receipt}` === receipt ? found : undefined;
  };
  const forget = (): void => {
    for (const { id, sentAt, body } of waiting.values())
      if (sentAt + RETENTION < clock()) {
        waiting.delete(id);
        onLost(body);
      }
  };
  return {
    receive: async () => {
      forget();
      return [...waiting.values()]
        .filter(({ hiddenUntil }) => hiddenUntil <= clock())
        .slice(0, 10)
        .map((message) => {
          message.tries += 1;
          message.receipt = count++;
          message.hiddenUntil = clock() + VISIBILITY;
          const { id, body, sentAt, tries, receipt } = message;
          return { id, body, sentAt, tries, receipt: `${receipt}`, isFromSchedule: false };
        });
    },
    remove: async (message) => void (own(message) && waiting.delete(message.id)),
    release: async (message, hidden = 0) => {
      const found = own(message);
      if (found !== undefined) found.hiddenUntil = clock() + hidden;
    },
    size: async () => {
      forget();
      return waiting.size;
    },
    send: async (body) => {
      const id = `message-${count++}`;
      waiting.set(id, { id, body, sentAt: clock(), tries: 0, receipt: -1, hiddenUntil: clock() });
    },
  };
};
