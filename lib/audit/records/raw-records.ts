import type { Instant } from '../../policy/time/instant.ts';
import { idOfEvent } from '../accounts/account-hashes.ts';
import type { RawRecord } from '../audit-reader.ts';

// Records are read in their stored form. Reading them never fails, whatever somebody wrote into them.

type Fields = Readonly<Record<string, unknown>>;

export const rawFields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** An instant that is stored as a number or as ISO 8601. */
export const instantOf = (value: unknown): Instant | undefined => {
  const instant = typeof value === 'string' ? Date.parse(value) : numberOf(value);
  return instant === undefined || Number.isNaN(instant) ? undefined : instant;
};

const TERMINATIONS = ['account-deleted', 'feature-terminated'] as const;
const EVENTS: readonly unknown[] = [...TERMINATIONS, 'account-reinstated'];
/** The kinds of documents in an event log beside events. */
const NO_EVENT_TYPE = /^(?:erasure-|forgotten-before$)/;

const instantIn = <Key extends string>(key: Key, value: unknown): { readonly [K in Key]?: Instant } => {
  const instant = instantOf(value);
  return (instant === undefined ? {} : { [key]: instant }) as { readonly [K in Key]?: Instant };
};

/** An event of the event log. */
export interface LoggedEvent {
  readonly id: string;
  readonly type: string;
  /** `<kid>/<hash>`, under the version of the key with which the hash was made. */
  readonly name: string;
  /** The same under older versions. */
  readonly alsoUnder: readonly string[];
  readonly at: Instant;
  readonly heardAt: Instant;
}

/** The events in an event log, and the ids of documents that are no genuine event. */
export interface RawEventLog {
  readonly events: readonly LoggedEvent[];
  readonly altered: readonly string[];
}

const eventOf = ({ id, source }: RawRecord): LoggedEvent | undefined => {
  const fields = rawFields(source);
  const [kid, hash, type] = [textOf(fields.kid), textOf(fields.hash), textOf(fields.type)];
  const [at, heardAt] = [instantOf(fields.at), instantOf(fields.heardAt)];
  if (kid === undefined || hash === undefined || type === undefined || at === undefined || heardAt === undefined)
    return undefined;
  if (!EVENTS.includes(type) || idOfEvent(kid, hash, type, at, fields.immediate === true) !== id) return undefined;
  const alsoUnder = Array.isArray(fields.alsoUnder) ? fields.alsoUnder.filter((each) => typeof each === 'string') : [];
  return { id, type, name: `${kid}/${hash}`, alsoUnder, at, heardAt };
};

/** Reads an event log. An event whose content does not agree with its id is not used. */
export const readEventLog = (records: readonly RawRecord[]): RawEventLog => {
  const events: LoggedEvent[] = [];
  const altered: string[] = [];
  for (const record of records) {
    const event = eventOf(record);
    if (event !== undefined) events.push(event);
    else if (!NO_EVENT_TYPE.test(textOf(rawFields(record.source).type) ?? '')) altered.push(record.id);
  }
  return { events, altered };
};

/** An entry of the ledger, as far as the audit needs it. */
export interface RawEntry {
  readonly id: string;
  readonly category: string;
  readonly trigger: string;
  /** `<kid>/<hash>`, from its id. */
  readonly name: string;
  readonly state: string;
  /** Present only while an erasure is owed. */
  readonly uin?: string;
  readonly sdkAppId?: string;
  readonly terminatedAt?: Instant;
  readonly eraseBy?: Instant;
  readonly doneThrough?: Instant;
  readonly closedAt?: Instant;
  readonly reinstatedAt?: Instant;
  readonly closures: readonly RawClosure[];
}

interface RawClosure {
  readonly terminatedAt?: Instant;
  readonly closedAt?: Instant;
  readonly receipt?: string;
  readonly withoutReceipt: boolean;
}

const OPEN = new Set(['pending', 'erasing', 'braked', 'held']);
const DONE = new Set(['erased', 'nothing-found']);

export const isOpenEntry = ({ state }: RawEntry): boolean => OPEN.has(state);
/** Whether an entry owes an erasure again that it has already carried out, because the data has come back. */
export const isReopenedEntry = (entry: RawEntry): boolean =>
  isOpenEntry(entry) && entry.terminatedAt !== undefined && entry.closures.at(-1)?.terminatedAt === entry.terminatedAt;
export const isDoneEntry = ({ state }: RawEntry): boolean => DONE.has(state);

const closureOf = (value: unknown): RawClosure => {
  const fields = rawFields(value);
  const receipt = textOf(fields.receipt);
  return {
    ...(receipt !== undefined && { receipt }),
    ...instantIn('terminatedAt', rawFields(fields.obligation).terminatedAt),
    ...instantIn('closedAt', fields.closedAt),
    withoutReceipt: fields.withoutReceipt === true,
  };
};

/** Reads an entry; its category, trigger and name come from its id, which nobody can edit. */
export const readRawEntry = ({ id, source }: RawRecord): RawEntry => {
  const [category = '', trigger = '', kid = '', hash = ''] = id.split('/');
  const fields = rawFields(source);
  const obligation = rawFields(fields.obligation);
  const [uin, sdkAppId] = [textOf(fields.uin), textOf(fields.sdkAppId)];
  return {
    id,
    category,
    trigger,
    name: `${kid}/${hash}`,
    state: textOf(fields.state) ?? 'none',
    ...(uin !== undefined && { uin }),
    ...(sdkAppId !== undefined && { sdkAppId }),
    ...instantIn('terminatedAt', obligation.terminatedAt),
    ...instantIn('eraseBy', obligation.eraseBy),
    ...instantIn('doneThrough', fields.doneThrough),
    ...instantIn('closedAt', fields.closedAt),
    ...instantIn('reinstatedAt', fields.reinstatedAt),
    closures: Array.isArray(fields.closures) ? fields.closures.map(closureOf) : [],
  };
};
