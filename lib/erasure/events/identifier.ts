import { LONGEST_IDENTIFIER } from '../../criteria/due-criteria.ts';
import { AccountEventError, kindOf } from './account-event-error.ts';

type IdentifierFlaw = readonly [hasFlaw: (text: string) => boolean, words: string];

/** The forbidden parts of an identifier, described without repeating them. */
const FLAWS: readonly IdentifierFlaw[] = [
  [(text) => text === '', 'an empty text'],
  [(text) => text.length > LONGEST_IDENTIFIER, `one that is longer than ${LONGEST_IDENTIFIER}`],
  [(text) => !text.isWellFormed(), 'half of a surrogate pair'],
  [(text) => /\p{Cc}/u.test(text), 'a control character'],
  [(text) => /\p{Noncharacter_Code_Point}/u.test(text), 'a code point that is no character'],
  [(text) => text.trim() !== text, 'a blank at one of its ends'],
];

const flawOf = (text: string): string | undefined => FLAWS.find(([hasFlaw]) => hasFlaw(text))?.[1];

/**
 * Whether a text can be the identifier of an account or application: 1 to 128 UTF-16 units, without control characters,
 * halves of surrogate pairs, noncharacters, or spaces at the ends. Nothing is normalised: two texts are the same
 * account only if every code unit is the same.
 */
export const isIdentifier = (text: string): boolean => flawOf(text) === undefined;

/**
 * Reads the identifier of an account or application. See {@link isIdentifier}.
 * @param field the sender's name of the field, for errors.
 * @throws AccountEventError `bad-termination`
 */
export const readIdentifier = (value: unknown, field: string): string => {
  if (typeof value === 'string' && isIdentifier(value)) return value;
  const flaw = typeof value === 'string' && value !== '' ? flawOf(value) : undefined;
  throw new AccountEventError('bad-termination', field, {
    expected: `${field} to be a text of 1 to ${LONGEST_IDENTIFIER} UTF-16 units without control characters, and without blanks at the ends`,
    found: flaw === undefined ? kindOf(value) : `${kindOf(value)}: ${flaw}`,
    fix:
      typeof value === 'number'
        ? 'Write it in quotes: account numbers exceed 2^53.'
        : 'Send the identifier itself, as the documents have it.',
  });
};

/** Request ids are used in headers, names of copies, and commands. */
const REQUEST_ID = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/;

/**
 * Reads a request id.
 * @throws AccountEventError `bad-termination`
 */
export const readRequestId = (value: unknown, field: string): string => {
  if (typeof value === 'string' && REQUEST_ID.test(value)) return value;
  throw new AccountEventError('bad-termination', field, {
    expected: `${field} to be a text of 1 to 128 letters, digits and . _ : @ -, beginning with a letter or digit`,
    found: kindOf(value),
    fix: 'Send an id of that form, the same for every try.',
  });
};
