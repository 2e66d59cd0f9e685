import { randomUUID } from 'node:crypto';
import { type Changed, changeControls } from '../../control/change-controls.ts';
import type { Controls } from '../../control/controls.ts';
import type { Session } from '../session.ts';

/** {@link changeControls} for the command line. */
export const changeCategoryControls = (
  { ports: { controls: store, leases } }: Session,
  category: string,
  change: (controls: Controls) => Controls | undefined,
): Promise<Changed> => changeControls({ store, memory: leases, newIdentity: randomUUID }, category, change);
