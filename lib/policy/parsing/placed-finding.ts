import type { Explanation } from '../explanation.ts';
import type { Path } from './yaml-node.ts';

/** A finding at a path of the file; `offset` (into the text) where the path alone does not lead there. */
export interface PlacedFinding extends Explanation {
  readonly path: Path;
  readonly offset?: number;
}
