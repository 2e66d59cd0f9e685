import { inject } from 'vitest';
import type { Instant } from '../../lib/policy/time/instant.ts';

/**
 * The time by the clock of the test run's server, which may be another machine's: what is young or old, it judges. By ours where a
 * project has no server.
 */
export const serverNow = (): Instant => Date.now() + (inject('serverAhead') ?? 0);
