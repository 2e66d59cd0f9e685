import type { AccountEvent } from '../../../lib/erasure/events/account-event.ts';
import { SENDERS } from '../../../lib/erasure/events/bus-sources.ts';
import { DETAIL_TYPES } from '../../../lib/erasure/intake/bus-event.ts';
import { CategoryVisit } from '../../../lib/erasure/recording/category-visit.ts';
import { placesOf, recordEverywhere } from '../../../lib/erasure/recording/record-everywhere.ts';
import { assertClocksAgree, readClocks } from '../../../lib/purge/clocks.ts';
import type { MessageEvent } from '../history.ts';
import { Invocation, type Surroundings } from '../invocations.ts';
import type { Told } from '../oracle.ts';
import { type Message, MINUTE } from '../promise.ts';
import type { Actors } from './actors.ts';
import type { Functions } from './functions.ts';
import { MAX_TRIES, POLICY, PREFIX, type WorldState } from './world-state.ts';

/** The account system and people, who tell the service of terminations and reinstatements. */
export class AccountSystem {
  readonly #state: WorldState;
  readonly #actors: Actors;
  readonly #functions: Functions;
  readonly #surroundings: Surroundings;
  readonly #told = new Map<string, Told>();

  constructor(state: WorldState, actors: Actors, functions: Functions, surroundings: Surroundings) {
    this.#state = state;
    this.#actors = actors;
    this.#functions = functions;
    this.#surroundings = surroundings;
  }

  /** Sends a message, and again as often as the history says. */
  tell(event: MessageEvent): void {
    const { timeline } = this.#state;
    this.#send(event, event.id);
    for (const { after, sameId } of event.again)
      timeline.plan(timeline.now + after, () => this.#send(event, sameId ? event.id : `${event.id}-again`));
  }

  #send({ message, via }: MessageEvent, id: string): void {
    const at = this.#state.history.start + message.at;
    const { type, account } = message;
    const immediate = message.immediate && via === 'person';
    const key = JSON.stringify([type, account, at, immediate]);
    const known = this.#told.get(key);
    const told: Told = known ?? {
      type,
      account,
      at,
      immediate,
      requestIds: new Set(),
      knownAt: Number.POSITIVE_INFINITY,
      archivedAt: Number.POSITIVE_INFINITY,
      recordedAt: Number.POSITIVE_INFINITY,
    };
    if (known === undefined) {
      this.#told.set(key, told);
      this.#state.oracle.told.push(told);
    }
    told.requestIds.add(id);
    if (via === 'person') this.#tellByHand(told, id, 0);
    else this.#publish(message, told, via, id);
  }

  #publish(message: Message, { type, at, account: { uin, app } }: Told, via: 'webhook' | 'bus', id: string): void {
    const detail = {
      requestId: id,
      uin,
      at: new Date(at).toISOString(),
      ...(app !== undefined && { sdkAppId: app }),
      ...(message.immediate && type !== 'account-reinstated' && { immediate: true }),
    };
    const source = via === 'webhook' ? SENDERS.webhook : 'account-system';
    const event = {
      id,
      source,
      'detail-type': DETAIL_TYPES[type],
      time: new Date(this.#state.now).toISOString(),
      detail,
    };
    this.#functions.deliver('erasure', event, `record ${id}`, undefined);
  }

  #tellByHand(told: Told, id: string, tries: number): void {
    const { timeline } = this.#state;
    const actor = this.#actors.begin('erasure', `command ${id}`);
    const invocation = new Invocation(actor, this.#surroundings);
    const { uin, app } = told.account;
    const again = (): void => {
      if (tries < MAX_TRIES) timeline.plan(timeline.now + 5 * MINUTE, () => this.#tellByHand(told, id, tries + 1));
    };
    const work = async (): Promise<void> => {
      const { ports, erasure } = invocation;
      const record = await erasure.openRecord();
      assertClocksAgree(await readClocks(ports.store, { indices: [`${PREFIX.erasure}*`] }, invocation.clock));
      const event: AccountEvent = {
        requestId: id,
        type: told.type,
        at: told.at,
        immediate: told.immediate,
        source: 'person',
        subject: { uin, ...(app !== undefined && { sdkAppId: app }) },
        arrivedAt: invocation.clock(),
      };
      const visit = new CategoryVisit();
      await recordEverywhere(event, await placesOf(POLICY, record.ledger), record, visit);
      if (visit.unreached.length > 0) again();
    };
    this.#actors.follow(actor, work(), again).then(() => undefined, again);
  }
}
