import type { Environment } from '../base/environment.ts';
import type { Clock } from '../policy/time/instant.ts';

/** What the ports need apart from a backend. */
export interface PortContext {
  /** Variables that name keys, archive and bus. */
  readonly environment: Environment;
  readonly clock: Clock;
  /** Waits (milliseconds) before something that seems to be missing is looked up again. Absent: waits in real time. */
  readonly wait?: (milliseconds: number) => Promise<void>;
}
