import { inject } from 'vitest';
import type { Instant } from '../../lib/policy/time/instant.ts';

/**
 * The time of the server's clock, which may be on another machine and judges what is due. Our own time in a project
 * without a server.
 */
export const serverNow = (): Instant => Date.now() + (inject('serverAhead') ?? 0);
