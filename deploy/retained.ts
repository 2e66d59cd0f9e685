import type { Deployment } from './deployment.ts';

/** What becomes of a resource with something in it when the stack is removed, or the resource replaced. */
interface Fate {
  readonly DeletionPolicy: 'RetainExceptOnCreate' | 'Delete';
  readonly UpdateReplacePolicy: 'Retain' | 'Delete';
}

/**
 * Queues and archive stay: terminations may wait in them. Only a first deployment that fails takes them back; a stage for development
 * can do without (`retain=off`).
 */
export const fateOf = ({ parameters: { retain } }: Pick<Deployment, 'parameters'>): Fate =>
  retain === 'off'
    ? { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' }
    : { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' };
