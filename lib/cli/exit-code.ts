/** What the command line ends with: done and nothing overdue; failed; usage or policy error; something is left. */
export const EXIT = { done: 0, failed: 1, usage: 2, left: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** From bad to fair: a failure hides more than what is known to be left. */
const WORST_FIRST: readonly ExitCode[] = [EXIT.failed, EXIT.usage, EXIT.left, EXIT.done];

/** Of several, the one that the process ends with. */
export const worstOf = (codes: readonly ExitCode[]): ExitCode =>
  WORST_FIRST.find((code) => codes.includes(code)) ?? EXIT.done;
