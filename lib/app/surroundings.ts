import type { Environment } from '../policy/environment.ts';
import type { Instant } from '../policy/time/instant.ts';

/** What the ports need beside a store. */
export interface Surroundings {
  /** Names keys, archive and bus. */
  readonly environment: Environment;
  readonly clock: () => Instant;
  /** How to wait before what seems to be missing is looked at again (milliseconds); without it, in real time. */
  readonly pause?: (milliseconds: number) => Promise<void>;
}
