import * as z from 'zod';
import { InputError } from '../base/errors.ts';
import { type Controls, HOLD_SCOPES, type Hold, MAX_HOLDS } from './controls.ts';

const text = z.string().min(1).max(2_000);
/** A number of milliseconds later than any date that is printed. */
const instant = z.int().min(0).max(253_402_300_799_999);

const hasItsFields = ({ scope, uin, sdkAppId, index }: Pick<Hold, 'scope' | 'uin' | 'sdkAppId' | 'index'>): boolean => {
  const [ofAccount, ofApplication, ofIndex] = [uin, sdkAppId, index].map((value) => value !== undefined);
  switch (scope) {
    case 'account':
      return ofAccount === true && !ofApplication && !ofIndex;
    case 'application':
      return ofAccount === true && ofApplication === true && !ofIndex;
    case 'index':
      return !ofAccount && !ofApplication && ofIndex === true;
    case 'category':
      return !ofAccount && !ofApplication && !ofIndex;
  }
};

const hold = z
  .strictObject({
    id: z.string().regex(/^hold_[0-9a-f-]{36}$/),
    scope: z.enum(HOLD_SCOPES),
    uin: text.exactOptional(),
    sdkAppId: text.exactOptional(),
    index: text.exactOptional(),
    reason: text,
    by: text,
    placedAt: instant,
    reviewAt: instant,
  })
  .refine(hasItsFields);

const pause = z.strictObject({ reason: text, by: text.exactOptional(), since: instant, until: instant });

const controlsShape = z
  .strictObject({
    made: text,
    revision: z.int().min(0).max(1e12),
    replaces: text.exactOptional(),
    holds: z.array(hold).max(MAX_HOLDS),
    pause: pause.exactOptional(),
  })
  .refine(({ holds }) => new Set(holds.map(({ id }) => id)).size === holds.length);

const UNREADABLE = {
  expected: 'holds and a pause as es-retention writes them',
  fix: 'Nothing is destroyed until it can be read. Somebody changed the document by hand: restore its earlier content, or see docs/operations.md#controls-unread.',
} as const;

/**
 * Reads the controls from the content of their document. This is the only place that checks the shape: a document of
 * another shape may hide a hold, so it is refused as a whole.
 * @param where the document, for the error. No error contains its content.
 * @throws InputError `controls-unreadable`
 */
export const controlsIn = (source: unknown, where: string): Controls => {
  const parsed = controlsShape.safeParse(source);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const at = issue === undefined || issue.path.length === 0 ? 'its form' : issue.path.map(String).join('.');
  throw new InputError('controls-unreadable', {
    expected: `${where} with ${UNREADABLE.expected}`,
    found: `another content (${at})`,
    fix: UNREADABLE.fix,
  });
};
