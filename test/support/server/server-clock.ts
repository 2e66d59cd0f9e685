import { inject } from 'vitest';
import type { Instant } from '../../../lib/policy/time/instant.ts';

/**
 * The time of the server, which may be on another machine and decides by its own clock which documents are due. In a
 * project without a server, our own time.
 */
export const serverNow = (): Instant => Date.now() + (inject('serverAhead') ?? 0);
