/** Whose data it is: an account, or one application of it. Identifiers are strings, never numbers. */
export interface Subject {
  readonly uin: string;
  readonly sdkAppId?: string;
}
