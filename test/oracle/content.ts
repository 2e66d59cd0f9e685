import type { PromiseKind } from '../simulation/oracle.ts';
import { DAY, MINUTE, type WrittenDocument } from '../simulation/promise.ts';
import type { Random } from '../simulation/random.ts';

/** How the fields of an index are mapped. */
export type IndexKind = 'plain' | 'nanos' | 'veto' | 'window' | 'ignore' | 'long';

/** An index and how it is mapped. */
export interface PlannedIndex {
  readonly name: string;
  readonly kind: IndexKind;
  readonly shards: number;
}

/** The JSON that is sent, and what is unclear about it. */
export interface Content {
  /** JSON as it is sent: JavaScript could not say every number in it. */
  readonly text: string;
  /** Sent as YAML that Elasticsearch cannot read again. */
  readonly isUnreadable: boolean;
  /** The document may stay longer than promised: a person has to say whose it is, or how old. */
  readonly mayStay: boolean;
}

/** A document as it is sent, and what the oracle knows of it. */
export interface PlannedWrite extends Content {
  readonly promise: PromiseKind;
  readonly document: WrittenDocument;
}

/** What a document says. */
interface Facts {
  readonly index: PlannedIndex;
  readonly id: string;
  readonly timestamp?: number;
  /** A second, older date in the field of the timestamp. */
  readonly older?: number;
  readonly ingested?: number;
  readonly uins: readonly string[];
  readonly apps: readonly string[];
  /** The timestamp names a day only. */
  readonly isCoarse: boolean;
  readonly isUnreadable: boolean;
  readonly mayStay: boolean;
  readonly mayBeVague: boolean;
}

/** Longer than the server's bound for indexed accounts in an index of the kind `ignore`. */
export const LONG_ACCOUNT = 'x'.repeat(40);

export const isLong = (uin: string): boolean => uin.startsWith(LONG_ACCOUNT);

/** The day of an instant, in UTC. */
export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

const NUMBER = /^[1-9]\d{0,17}$/;

/** One value, or several that mean the same, as writers spell them. */
const spelled = (random: Random, values: readonly string[]): string => {
  const one = (value: string): string => (NUMBER.test(value) && random.chance(0.5) ? value : JSON.stringify(value));
  const texts = values.map(one);
  const [first = ''] = texts;
  if (texts.length > 1) return `[${texts.join(',')}]`;
  switch (random.int(0, 9)) {
    case 0:
      return `[${first}]`;
    case 1:
      return `[${first},null]`;
    case 2:
      return `[${first},${one(values[0] ?? '')}]`;
    default:
      return first;
  }
};

/** An instant in ISO 8601, with microseconds where it has some. */
const isoOf = (at: number): string => {
  const micros = Math.round((at - Math.floor(at)) * 1_000);
  const text = new Date(Math.floor(at)).toISOString();
  return micros === 0 ? text : text.replace('Z', `${String(micros).padStart(3, '0')}Z`);
};

const OFFSET = 8 * 60 * MINUTE;

/** The same instant as writers spell it: in UTC, in another time zone, or in milliseconds. */
const spelledDate = (random: Random, at: number): string => {
  const isExact = Number.isInteger(at);
  switch (random.int(0, 9)) {
    case 0:
      return isExact ? String(at) : `"${isoOf(at)}"`;
    case 1:
      return `"${isoOf(at + OFFSET).replace('Z', '+08:00')}"`;
    default:
      return `"${isoOf(at)}"`;
  }
};

/** The account in a number that may stand for it, and may not. */
const vaguely = (uin: string): string => (uin.endsWith('00') ? `${uin.slice(0, -2)}e2` : `${uin}.0`);

/** The dates as the policy counts them: a day without a time counts to its end. */
const datesOf = ({ index, timestamp, older, ingested }: Facts, isCoarse: boolean): readonly number[] => {
  const dates = ingested === undefined ? [] : [ingested];
  if (timestamp === undefined) return dates;
  if (isCoarse) return [Math.floor(timestamp / DAY) * DAY + DAY - 1, ...dates];
  const both = older === undefined ? [timestamp] : [older, timestamp];
  return [...both.map((at) => (index.kind === 'nanos' ? at : Math.floor(at))), ...dates];
};

const fieldsOf = (random: Random, { timestamp, older, ingested }: Facts, isCoarse: boolean): readonly string[] => {
  const one = (at: number): string => (isCoarse ? `"${dayOf(at)}"` : spelledDate(random, at));
  const timestamps = [timestamp, isCoarse ? undefined : older].filter((at) => at !== undefined).map(one);
  const arrival = ingested === undefined ? '' : spelledDate(random, ingested);
  return [
    ...(timestamps.length === 0 ? [] : [`"@timestamp":${timestamps.length > 1 ? `[${timestamps}]` : timestamps[0]}`]),
    ...(arrival === '' ? [] : [random.chance(0.8) ? `"event":{"ingested":${arrival}}` : `"event.ingested":${arrival}`]),
  ];
};

/** Writes a document as JSON, sometimes oddly, and says what the oracle has to know. */
export const contentOf = (random: Random, facts: Facts): Content & { readonly document: WrittenDocument } => {
  const { index, id, timestamp, uins, apps, isUnreadable, mayBeVague } = facts;
  const [uin = ''] = uins;
  const isPlain = index.kind === 'plain';
  const isCoarse = facts.isCoarse && timestamp !== undefined && isPlain;
  const isVague = mayBeVague && uins.length === 1 && NUMBER.test(uin) && isPlain && random.chance(0.02);
  const account = isVague ? vaguely(uin) : spelled(random, uins);
  const fields = [
    ...(uins.length === 0 ? [] : [`"uin":${account}`]),
    ...(apps.length === 0 ? [] : [`"sdkAppId":${spelled(random, apps)}`]),
    ...fieldsOf(random, facts, isCoarse),
  ];
  return {
    text: `{${fields.join(',')}}`,
    isUnreadable,
    mayStay: isVague || isUnreadable || facts.mayStay,
    document: { index: index.name, id, dates: datesOf(facts, isCoarse), uins, apps },
  };
};

/**
 * An event that arrives now, although it is old, or a document of an account that has not ended. None of them may go.
 */
export const lateWrite = (
  index: string,
  { n, date, at }: { readonly n: number; readonly date: number; readonly at: number },
): PlannedWrite => {
  const isAge = index.includes('-log-');
  const uins = isAge ? [] : [String(7_000_000 + n)];
  const [first, second] = [Math.floor(date), Math.floor(at)];
  const owner = isAge ? '' : `"uin":"${uins}",`;
  const text = `{${owner}"@timestamp":"${isoOf(first)}","event":{"ingested":"${isoOf(second)}"}}`;
  const document = { index, id: `late-${n}`, dates: [first, second], uins, apps: [] };
  return { text, document, promise: isAge ? 'age' : 'erasure', isUnreadable: false, mayStay: false };
};
