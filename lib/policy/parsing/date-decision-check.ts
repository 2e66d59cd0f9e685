import { patternsOverlap } from '../index-pattern.ts';
import type { Category } from '../retention-policy.ts';
import type { PlacedFinding } from './placed-finding.ts';

/**
 * The faults of date decisions: a decision that matches no index of the category, or two decisions for the same index.
 */
export function dateDecisionFindings({ id, indices, dateDecisions }: Category): PlacedFinding[] {
  return dateDecisions.flatMap((decision, nth) =>
    decision.indices.flatMap((pattern, at) => {
      const path = ['categories', id, 'dateDecisions', nth, 'indices', at];
      if (!indices.some((own) => patternsOverlap(pattern, own)))
        return [
          {
            path,
            expected: `indices of ${id}: ${indices.join(', ')}`,
            found: `${pattern}, which matches none of them`,
            fix: 'Name the indices whose dates disagree. The finding lists them',
          },
        ];
      const other = dateDecisions
        .slice(0, nth)
        .flatMap((earlier) => earlier.indices)
        .find((earlier) => patternsOverlap(pattern, earlier));
      if (other === undefined) return [];
      return [
        {
          path,
          expected: 'one decision for each index',
          found: `${pattern}, which has names in common with ${other} of another decision`,
          fix: 'Make one of the two patterns narrower, or remove the decision that no longer holds',
        },
      ];
    }),
  );
}
