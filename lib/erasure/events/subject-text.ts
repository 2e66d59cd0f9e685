import type { Subject } from './termination-type.ts';

/**
 * A subject as one text that no other subject, purpose or salt shares: a JSON array of strings, `null` where no application is
 * named. JSON escapes what could blur the borders between them, so that ("1", "23") and ("12", "3") differ.
 * @param purpose what the text is for, so that a value made for one thing never passes for another.
 */
export const subjectText = (purpose: string, { uin, sdkAppId }: Subject, ...before: readonly string[]): string =>
  JSON.stringify([purpose, ...before, uin, sdkAppId ?? null]);
