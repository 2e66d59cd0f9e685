import type { Bench } from '../harness.ts';
import type { Measured } from '../page/found.ts';

/** How one thing is made to grow, and what is measured at each size. */
export interface Growing {
  readonly of: string;
  /** A sentence for each work. */
  readonly works: Readonly<Record<string, string>>;
  /** Removes what an earlier size has left, prepares this size, and measures the works, each under its name. */
  readonly measure: (bench: Bench, size: number) => Promise<Readonly<Record<string, Measured>>>;
  /** Removes what the last `measure` has left. */
  readonly clear: (bench: Bench) => Promise<void>;
}
