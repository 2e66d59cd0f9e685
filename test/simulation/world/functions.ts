import { PURGE_UNFINISHED } from '../../../lib/erasure/events/bus-sources.ts';
import { isReturnedEvent } from '../../../lib/erasure/intake/returned-event.ts';
import { type Continuation, continuationOf } from '../../../lib/lambda/continuation.ts';
import { fateOf, isFinalError } from '../../../lib/lambda/failures/event-fate.ts';
import type { FunctionInvocation } from '../../../lib/lambda/invocation.ts';
import { recordEvent } from '../../../lib/lambda/record-event.ts';
import { reopenReturned } from '../../../lib/lambda/reopen-returned.ts';
import { runCategory } from '../../../lib/lambda/run-category.ts';
import { eventsOf } from '../history.ts';
import { FUNCTION_TIME, Invocation, type Surroundings } from '../invocations.ts';
import type { PromiseKind } from '../oracle.ts';
import type { Actor } from '../port-calls.ts';
import { DAY, MINUTE, SKEW } from '../promise.ts';
import type { Actors } from './actors.ts';
import { endPart, type OpenSlot } from './slots.ts';
import { categoryOf, uuidOf, type WorldState } from './world-state.ts';

/** Lambda tries again twice, after one and two minutes. */
export const RETRIES = [MINUTE, 2 * MINUTE] as const;

/** Older messages are refused: later messages may be forgotten. */
const REMEMBERED = 45 * DAY;

/** A lease without its run ends after this long. */
const LEASE = 2 * MINUTE;

/**
 * The work that an event asks a function for. Lambda passes the same event again; the function then begins another run.
 */
const continuation = (event: unknown, promise: PromiseKind, { name }: Actor): Continuation => {
  const { 'detail-type': type } = event as { readonly 'detail-type': string };
  if (type === PURGE_UNFINISHED) return continuationOf(event, categoryOf(promise));
  return { originId: uuidOf(name), hop: 0, trigger: { source: 'schedule' } };
};

/** The functions of the categories, as Lambda calls them. */
export class Functions {
  readonly #state: WorldState;
  readonly #actors: Actors;
  readonly #surroundings: Surroundings;
  /** How many runs have reached their report. */
  runs = 0;

  constructor(state: WorldState, actors: Actors, surroundings: Surroundings) {
    this.#state = state;
    this.#actors = actors;
    this.#surroundings = surroundings;
    state.stores.onLost = (body) => this.#lost(body);
  }

  /** An event for a function, as Lambda delivers it: again after a failure, and into the failure queue in the end. */
  deliver(promise: PromiseKind, event: unknown, what: string, slot: OpenSlot | undefined, tries = 0): void {
    const { timeline, coverage, history } = this.#state;
    const actor = this.#actors.begin(promise, what, slot?.number);
    slot?.actors.push(actor);
    const short = eventsOf('short', history).find(
      (each) => each.promise === promise && slot?.of === 'run' && each.slot === slot.number,
    );
    if (short !== undefined) slot?.excuses.add('short');
    const time = short?.milliseconds ?? FUNCTION_TIME;
    const invocation = new Invocation(actor, this.#surroundings).forFunction(categoryOf(promise), time);
    const isRun = !what.startsWith('record');
    const run = continuation(event, promise, actor);
    const again = (error: unknown): void => {
      const wait = RETRIES[tries];
      const { now } = timeline;
      if (isFinalError(error) && fateOf(event, error) !== 'again') this.#refused(slot, event, error);
      else if (wait !== undefined) timeline.plan(now + wait, () => this.deliver(promise, event, what, slot, tries + 1));
      else this.#giveUp(invocation, slot, event);
    };
    const crash = (): void => again(new Error('crashed'));
    this.#actors.endAt(timeline.now + time, actor, crash);
    const work: Promise<{ readonly outcome: string; readonly run?: { readonly outcome: string } }> = isReturnedEvent(
      event,
    )
      ? reopenReturned(invocation, event)
      : isRun
        ? runCategory(invocation, run)
        : recordEvent(invocation, event);
    this.#actors.follow(actor, work, crash).then((answer) => {
      const { outcome } = answer.run ?? answer;
      if (outcome === 'lease-held') this.#leaseTaken(actor, slot);
      else if (outcome === 'reopened') coverage.hit('nothing reopened');
      else if (outcome !== 'duplicate' && isRun) this.ended(outcome);
      this.#delivered(slot, event, outcome);
    }, again);
  }

  /** A run has reached its report. */
  ended(outcome: string): void {
    this.runs += 1;
    this.#state.coverage.hit(`run ${outcome}`);
  }

  /** Calls the function of a category as its schedule does. */
  invokeRun(promise: PromiseKind, what: string, slot: OpenSlot | undefined): void {
    const id = uuidOf(`${promise} ${what}`);
    const event = { 'detail-type': 'Scheduled Event', source: 'aws.scheduler', id, time: '-', detail: '{}' };
    this.deliver(promise, event, what, slot);
  }

  #giveUp({ deployment }: FunctionInvocation, slot: OpenSlot | undefined, event: unknown): void {
    const { stores, coverage } = this.#state;
    const body = { requestPayload: event, requestContext: { condition: 'RetriesExhausted' } };
    void stores.queue(deployment.failureQueueUrl ?? '').send(JSON.stringify(body));
    coverage.hit('gave up');
    this.#delivered(slot, event, 'queued');
  }

  /** Another run is at work, or has died and its lease has not ended yet. That run or the next run does the work. */
  #leaseTaken(actor: Actor, slot: OpenSlot | undefined): void {
    const { now, coverage } = this.#state;
    coverage.hit('two runs at once');
    const isOther = (other: Actor): boolean =>
      other !== actor && other.promise === actor.promise && other.endedAt > now - LEASE - SKEW && other.startedAt < now;
    if (this.#actors.some(isOther)) slot?.excuses.add('lease-held');
  }

  #delivered(slot: OpenSlot | undefined, event: unknown, outcome: string): void {
    const { detail } = event as { readonly detail?: { readonly requestId?: string } };
    const { requestId } = detail ?? {};
    if (requestId !== undefined && outcome === 'queued') this.#state.knownTo(requestId);
    endPart(slot);
  }

  #refused(slot: OpenSlot | undefined, event: unknown, error: Error): void {
    const { oracle, now } = this.#state;
    const { detail } = event as { readonly detail?: { readonly requestId?: string; readonly at?: string } };
    const isOld = Date.parse(detail?.at ?? '') < now - REMEMBERED;
    if (detail?.requestId !== undefined && !isOld)
      oracle.complain('bug', now, `${error.message}: ${JSON.stringify(event)}`);
    this.#delivered(slot, event, 'refused');
  }

  /** A queue has lost a message, because no run came for days (docs/limits.md). */
  #lost(body: string): void {
    const { requestPayload } = JSON.parse(body) as {
      readonly requestPayload: { readonly detail?: { readonly requestId?: string } };
    };
    const told = this.#state.toldAs(requestPayload.detail?.requestId ?? '');
    this.#state.coverage.hit('message lost in a gap');
    // An entry whose recording had begun differs from its events now, until a person replays the archive.
    this.#state.awaitsReplay = true;
    if (told !== undefined && told.recordedAt === Number.POSITIVE_INFINITY) told.knownAt = Number.POSITIVE_INFINITY;
  }
}
