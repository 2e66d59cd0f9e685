import type { Environment } from '../base/environment.ts';
import type { Clock } from '../policy/time/instant.ts';
import type { Throttle } from '../purge/pace/throttle.ts';

/** The parts that the ports need in addition to a backend. */
export interface PortContext {
  /** Variables that name keys, archive and bus. */
  readonly environment: Environment;
  readonly clock: Clock;
  /** Waits (milliseconds) before a record that seems to be missing is read again. Absent: waits in real time. */
  readonly wait?: (milliseconds: number) => Promise<void>;
  /** Slows down deletions for the sake of others. Absent: no deletion is slowed down. */
  readonly throttle?: Throttle;
}
