/** Whose data: an account, or one application of it. Strings, never numbers. */
export interface Subject {
  readonly uin: string;
  readonly sdkAppId?: string;
}
