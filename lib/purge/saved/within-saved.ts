import { count, number } from '../../base/number-text.ts';
import type { Finding } from '../../criteria/finding.ts';
import { isRemoval, type Plan, type PlannedIndex } from '../plan.ts';
import type { SavedCategory, SavedIndex } from './saved-plan.ts';

const leftOut = ({ description: { name } }: PlannedIndex, expected: string, found: string): Finding => ({
  code: 'not-in-saved-plan',
  severity: 'notice',
  index: name,
  expected,
  found,
  fix: 'Nothing was removed from it. The next run plans anew. If its guard refuses that, save the plan again (plan --out FILE).',
});

/** Why an index must be left out; undefined if the saved plan allows its action. */
const whyLeftOut = (planned: PlannedIndex, saved: SavedIndex | undefined, savedUuid: string | undefined) => {
  const { description, counts } = planned;
  if (saved === undefined)
    return savedUuid === undefined
      ? leftOut(planned, 'an index from which the saved plan removes documents', 'one that it does not name')
      : leftOut(planned, `the index of the saved plan (uuid ${savedUuid})`, `a new one (uuid ${description.uuid})`);
  if (saved.mapping !== description.read.digest)
    return leftOut(planned, 'the mapping that the saved plan read', 'that it has changed');
  const due = counts?.due ?? 0;
  if (due <= saved.atMost) return undefined;
  return leftOut(planned, `at most ${count(saved.atMost, 'due document', 'due documents')}`, `${number(due)}`);
};

/** A drop that the saved plan does not name becomes a deletion of documents. */
const actionWithin = ({ action, reason }: PlannedIndex, saved: SavedIndex): Pick<PlannedIndex, 'action' | 'reason'> =>
  action === 'drop' && saved.action === 'delete'
    ? { action: 'delete', reason: `${reason}; the saved plan deletes documents only` }
    : { action, reason };

/** The finding about erasures that have become due since the plan was saved. */
export const laterErasures = (erasures: number): readonly Finding[] =>
  erasures === 0
    ? []
    : [
        {
          code: 'not-in-saved-plan',
          severity: 'notice',
          subjects: erasures,
          expected: 'the erasures of the saved plan',
          found: `${number(erasures)} more, which have become due since it was saved`,
          fix: 'This run leaves them. The next run continues with them.',
        },
      ];

/**
 * Limits a plan to what a saved plan names too. It must never add anything: no index, no document, no drop. What it
 * leaves out is kept, with a finding that says why.
 * @param plan made with the cutoff and the subjects of the saved plan.
 */
export const withinSaved = (plan: Plan, saved: SavedCategory | undefined): Plan => {
  if (saved === undefined) return plan;
  const byUuid = new Map(saved.indices.map((each) => [each.uuid, each]));
  const uuids = new Map(saved.indices.map(({ index, uuid }) => [index, uuid]));
  const findings: Finding[] = [];
  const indices = plan.indices.map((planned): PlannedIndex => {
    if (!isRemoval(planned.action)) return planned;
    const { name, uuid } = planned.description;
    const allowed = byUuid.get(uuid);
    const finding = whyLeftOut(planned, allowed, uuids.get(name));
    if (finding !== undefined) findings.push(finding);
    if (allowed === undefined || finding !== undefined)
      return { ...planned, action: 'keep', reason: `left out: ${finding?.found ?? ''}` };
    return { ...planned, ...actionWithin(planned, allowed), atMost: allowed.atMost };
  });
  return { ...plan, indices, leftOut: findings };
};
