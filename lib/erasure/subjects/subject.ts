/** A subject whose data was found again, and the id of the closed entry by which it was erased. */
export interface ReturnedSubject {
  readonly entry: string;
  readonly subject: Subject;
}

/** The owner of data: an account, or one application of it. Identifiers are strings, never numbers. */
export interface Subject {
  readonly uin: string;
  readonly sdkAppId?: string;
}

/**
 * A subject as a text that no other subject, purpose or prefix shares: a JSON array of strings, `null` for no
 * application. JSON escaping keeps the parts apart, so that ("1", "23") and ("12", "3") differ.
 * @param purpose the purpose of the text, so that a value for one purpose is not valid for another.
 */
export const subjectText = (purpose: string, { uin, sdkAppId }: Subject, ...before: readonly string[]): string =>
  JSON.stringify([purpose, ...before, uin, sdkAppId ?? null]);
