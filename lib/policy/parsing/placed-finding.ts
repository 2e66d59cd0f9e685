import type { Explanation } from '../../base/explanation.ts';
import type { Path } from './yaml-node.ts';

/**
 * A finding at a path of the policy file. `offset` (into the text) is set if the path alone does not lead to the place.
 */
export interface PlacedFinding extends Explanation {
  readonly path: Path;
  readonly offset?: number;
}
