import { TransientError } from '../../lib/base/errors.ts';
import type { Ports } from '../../lib/purge/purge.ts';

/** What becomes of one call of a port; `lose-answer` is a call that did its work and whose answer never came. */
type Fortune = 'succeed' | 'fail' | 'lose-answer';

/** Asked before each call of any port, by its name: `remover.drop`. May do something of its own meanwhile. */
export type Disturbance = (call: string, given: readonly unknown[]) => Promise<Fortune>;

const lost = (call: string): TransientError =>
  new TransientError('no-server', { expected: `an answer to ${call}`, found: 'none', fix: 'It is a test.' });

/** Asks nobody, and answers at once: there is nothing to go wrong. */
const SAFE = new Set(['lease.declaredBlocks']);

/** A port with every call at the mercy of the disturbance. */
export const disturbed = <T extends object>(port: T, name: string, disturbance: Disturbance): T =>
  new Proxy(port, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function') return member;
      const call = `${name}.${String(key)}`;
      if (SAFE.has(call)) return member.bind(target);
      return async (...given: unknown[]): Promise<unknown> => {
        const fortune = await disturbance(call, given);
        if (fortune === 'fail') throw lost(call);
        const answer: unknown = await Reflect.apply(member, target, given);
        if (fortune === 'lose-answer') throw lost(call);
        return call === 'leases.acquire' ? disturbed(answer as object, 'lease', disturbance) : answer;
      };
    },
  });

/** The same ports, with every call of theirs, and of the leases they give, at the mercy of the disturbance. */
export const disturbedPorts = (ports: Ports, disturbance: Disturbance): Ports => ({
  store: disturbed(ports.store, 'store', disturbance),
  remover: disturbed(ports.remover, 'remover', disturbance),
  leases: disturbed(ports.leases, 'leases', disturbance),
  controls: disturbed(ports.controls, 'controls', disturbance),
  reportStore: disturbed(ports.reportStore, 'reports', disturbance),
  erasureSource: ports.erasureSource,
  clock: ports.clock,
});
