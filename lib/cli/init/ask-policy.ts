import input from '@inquirer/input';
import { field } from '../../policy/parsing/policy-value.ts';
import { UnreadableValue } from '../../policy/parsing/unreadable-value.ts';
import { parseAge } from '../../policy/time/calendar-period.ts';
import { DAY, parseDuration } from '../../policy/time/duration.ts';
import { parseInstant } from '../../policy/time/instant.ts';
import { untilEnded } from '../consent/question.ts';
import type { Terminal } from '../consent/terminal.ts';
import { printable } from '../output/printable.ts';
import { screenOf, textLines } from '../output/text.ts';
import { type Answers, type DraftCategory, NO_QUOTE, NO_SOURCE, seenText } from './draft-policy.ts';

/** Ends the questions. Nothing is written then. */
export class NotAnswered extends Error {}

/** One question, with a default. */
export type Ask = (
  message: string,
  choice?: { readonly default?: string; readonly validate?: (text: string) => string | true },
) => Promise<string>;

/** The mark before a question, and a blank. */
const MARK = 2;

/** A question, wrapped between words: the prompt itself breaks lines inside them. */
const wrapped = (message: string, stderr: Terminal['stderr']): string => {
  const { width, ...screen } = screenOf(stderr, false);
  return textLines(message, width === undefined ? screen : { ...screen, width: width - MARK }).join('\n');
};

/**
 * Asks on stderr.
 * @throws NotAnswered after Ctrl-C, or at the end of input.
 */
export const askAt =
  ({ stdin, stderr }: Terminal): Ask =>
  async (message, { default: usual, validate } = {}) => {
    const answered = await untilEnded(stdin, (signal) =>
      input(
        {
          message: wrapped(printable(message), stderr),
          ...(usual !== undefined && { default: usual }),
          ...(validate && { validate }),
        },
        { input: stdin, output: stderr, signal },
      ),
    );
    if (answered === undefined) throw new NotAnswered();
    return answered.trim();
  };

/** The answer for data that stays until its account ends. */
const UNTIL_END = 'account';

const valid = (read: (text: string) => unknown, text: string): string | true => {
  try {
    read(text);
    return true;
  } catch (error) {
    if (error instanceof UnreadableValue) return error.message;
    throw error;
  }
};

const isPeriod = (text: string): string | true => {
  const said = text.trim();
  return said === '' || said === UNTIL_END ? true : valid(parseAge, said);
};

/** Longer than the three days in which a termination can be cancelled, and the day in which bytes leave the disk. */
const LEAST_DEADLINE = 5 * DAY;

const isDeadline = (text: string): string | true => {
  const checked = valid(parseDuration, text.trim());
  if (checked !== true) return checked;
  return parseDuration(text.trim()).milliseconds < LEAST_DEADLINE ? 'at least P5D' : true;
};

const isDate = (text: string): string | true =>
  parseInstant(`${text.trim()}T00:00:00Z`) === undefined ? 'a date such as 2026-01-31' : true;

/** The number of fields that are named. */
const MAX_NAMED = 5;

/** @param mapped the fields that can be named; empty: unknown, so that any field can be. */
const isFieldOf =
  (mapped: readonly string[]) =>
  (text: string): string | true => {
    const said = text.trim();
    const { success, error } = field('').safeParse(said);
    if (!success) return error.issues[0]?.message ?? 'the path of one field';
    if (mapped.length === 0 || mapped.includes(said)) return true;
    const more = mapped.length > MAX_NAMED ? ', …' : '';
    return `a field that the indices map for this: ${mapped.slice(0, MAX_NAMED).join(', ')}${more}`;
  };

const askField = async (
  ask: Ask,
  message: string,
  [likeliest]: readonly string[],
  mapped: readonly string[],
): Promise<string> =>
  ask(message, { ...(likeliest !== undefined && { default: likeliest }), validate: isFieldOf(mapped) });

/** The only candidate; asked if there are several. Undefined if there is none. */
const accountFieldOf = async (ask: Ask, group: DraftCategory['group']): Promise<string | undefined> =>
  group.accounts.length < 2
    ? group.accounts[0]
    : askField(ask, `${group.id}: the field that names the account`, group.accounts, group.identifiers);

/**
 * Asks what nobody can read from the indices of a group.
 * @returns undefined if the group does not belong in the policy.
 */
export const askGroup = async (
  ask: Ask,
  seen: Pick<DraftCategory, 'group' | 'dates'>,
): Promise<Answers | undefined> => {
  const { group } = seen;
  const period = await ask(
    `${group.patterns.join(', ')} (${seenText(seen)}): how long may a document stay? P14D, P6M or P2Y; "${UNTIL_END}": until its account ends; empty: not in this policy`,
    { validate: isPeriod },
  );
  if (period === '') return undefined;
  const isByAge = period !== UNTIL_END;
  const { dates } = group;
  const timestampField =
    isByAge && (dates.length !== 1 || dates[0] === undefined)
      ? await askField(ask, `${group.id}: the field that dates a document`, dates, dates)
      : dates[0];
  const holdField = isByAge ? await accountFieldOf(ask, group) : undefined;
  const rule = isByAge
    ? { maxAge: period, ...(holdField !== undefined && { accountField: holdField }) }
    : {
        accountField: await askField(
          ask,
          `${group.id}: the field that names the account`,
          group.accounts,
          group.identifiers,
        ),
        deadline: await ask(`${group.id}: erased at most how long after the account was deleted?`, {
          default: 'P30D',
          validate: isDeadline,
        }),
      };
  const quote = await ask(`${group.id}: the promise, word for word (empty: write it later)`);
  return { ...rule, ...(timestampField !== undefined && { timestampField }), quote: quote === '' ? NO_QUOTE : quote };
};

/** Asks which document makes the promises, and of which date it is. */
export const askSource = async (
  ask: Ask,
  today: string,
): Promise<{ readonly source: string; readonly sourceDate: string }> => {
  const source = await ask('Which document makes these promises? (empty: write it later)');
  const sourceDate = await ask('The date of that document', { default: today, validate: isDate });
  return { source: source === '' ? NO_SOURCE : source, sourceDate };
};
