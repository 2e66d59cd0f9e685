import type { Deployment } from './deployment.ts';

/** What happens to a resource with content when the stack is removed or the resource is replaced. */
interface RetainedPolicies {
  readonly DeletionPolicy: 'RetainExceptOnCreate' | 'Delete';
  readonly UpdateReplacePolicy: 'Retain' | 'Delete';
}

/**
 * Queues and archive are retained, since terminations may wait in them. They are removed only if the first deployment
 * fails. A development stage may remove them (`retain=off`).
 */
export const retainedFateOf = ({ parameters: { retain } }: Pick<Deployment, 'parameters'>): RetainedPolicies =>
  retain === 'off'
    ? { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' }
    : { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' };
