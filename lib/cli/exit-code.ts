/** The exit codes: done and nothing overdue; failed; usage or policy error; something is left. */
export const EXIT = { done: 0, failed: 1, usage: 2, left: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** From worst to best. A failure is worse than a known remainder, because it may hide more. */
const WORST_FIRST: readonly ExitCode[] = [EXIT.failed, EXIT.usage, EXIT.left, EXIT.done];

/** The worst of several exit codes. */
export const worstOf = (codes: readonly ExitCode[]): ExitCode =>
  WORST_FIRST.find((code) => codes.includes(code)) ?? EXIT.done;
