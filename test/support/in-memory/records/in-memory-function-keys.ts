import { randomUUID } from 'node:crypto';
import type { FunctionKeys, ValidKey } from '../../../../lib/maintenance/function-keys.ts';
import type { Clock, Instant } from '../../../../lib/policy/time/instant.ts';

/** The keys of one stage, in memory. Every caller may make all keys. */
export const inMemoryFunctionKeys = (clock: Clock): FunctionKeys => {
  const keys = new Map<string, ValidKey & { readonly expiresAt: Instant }>();
  return {
    assertMayMake: async () => undefined,
    valid: async () => [...keys.values()].filter(({ expiresAt }) => expiresAt > clock()),
    make: async (holder, attempt, lifetime) => {
      const [id, createdAt] = [randomUUID(), clock()];
      const expiresAt = createdAt + lifetime;
      keys.set(id, { id, holder, createdAt, expiresAt, attempt });
      return { id, expiresAt, encoded: Buffer.from(`${id}:secret`).toString('base64') };
    },
    revoke: async (ids) => {
      for (const id of ids) keys.delete(id);
    },
  };
};
