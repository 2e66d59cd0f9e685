import { TerminationError } from './termination-error.ts';
import type { Subject } from './termination-event.ts';

/** An identifier of so many characters or more does not stand in a random id by chance. */
const LONG = 6;
const WORDS = /[\p{L}\p{N}]+/gu;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

/** Whether an id contains an identifier: a long one anywhere, a short one as a word of its own. A part of a UUID is no word. */
const contains = (id: string, identifier: string): boolean => {
  const [text, sought] = [id.toLowerCase(), identifier.toLowerCase()];
  if (sought.length >= LONG) return text.includes(sought);
  const words: readonly string[] = text.replace(UUID, ' ').match(WORDS) ?? [];
  return text === sought || words.includes(sought);
};

/**
 * Makes sure that the id of a request does not name the subject: it is kept in receipts and logs, which name nobody.
 * @param field what the sender calls the id.
 * @throws TerminationError `request-names-subject`
 */
export const assertNamesNobody = (id: string, { uin, sdkAppId }: Subject, field: string): void => {
  const named = [uin, sdkAppId].some((identifier) => identifier !== undefined && contains(id, identifier));
  if (!named) return;
  throw new TerminationError('request-names-subject', field, {
    expected: `${field} without the account or application that the request is about`,
    found: 'one of them in it',
    wayOut: 'Use a random id, such as a UUID: the id is kept in receipts and logs, which name nobody.',
  });
};
