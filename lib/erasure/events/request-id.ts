import type { Subject } from '../subjects/subject.ts';
import { AccountEventError } from './account-event-error.ts';

/** An identifier of at least this length does not occur in a random id by chance. */
const LONG = 6;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

const isSeparateWord = (sought: string, text: string): boolean => {
  for (let at = text.indexOf(sought); at >= 0; at = text.indexOf(sought, at + 1)) {
    const beside = [text[at - 1], text[at + sought.length]];
    if (!beside.some((character) => character !== undefined && LETTER_OR_DIGIT.test(character))) return true;
  }
  return false;
};

/**
 * Whether an id contains an identifier: a long identifier anywhere; a short identifier only without a letter or digit
 * beside it, and not in a UUID.
 */
const contains = (id: string, identifier: string): boolean => {
  const [text, sought] = [id.toLowerCase(), identifier.toLowerCase()];
  if (sought.length >= LONG) return text.includes(sought);
  return text === sought || isSeparateWord(sought, text.replace(UUID, ' '));
};

/**
 * Checks that a request id does not contain the subject's identifiers: it is stored in receipts and logs, which must
 * not name anybody.
 * @param field the sender's name of the id.
 * @throws AccountEventError `request-names-subject`
 */
export const assertNamesNobody = (id: string, { uin, sdkAppId }: Subject, field: string): void => {
  const named = [uin, sdkAppId].some((identifier) => identifier !== undefined && contains(id, identifier));
  if (!named) return;
  throw new AccountEventError('request-names-subject', field, {
    expected: `${field} without the account or application that the request is about`,
    found: 'one of them in it',
    fix: 'Use a random id, such as a UUID: the id is kept in receipts and logs, which name nobody.',
  });
};
