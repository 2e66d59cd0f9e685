import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Category } from '../../lib/policy/retention-policy.ts';
import { parseRetentionPolicy } from '../../lib/policy/retention-policy.ts';
import { criteriaOf } from '../../lib/purge/criteria.ts';
import { guard } from '../../lib/purge/guard.ts';
import { makePlan, type Plan } from '../../lib/purge/plan.ts';
import type { Survey } from '../../lib/purge/survey.ts';
import { NOW } from '../support/purge-fixture.ts';
import { POLICY } from '../unit/policy/policy-text.ts';
import { arbitrarySurvey } from './arbitrary-survey.ts';

const RUNS = { numRuns: 2_000 };
const policy = parseRetentionPolicy(POLICY.replace('call-log-*', 'logs-*'), 'policy.yml');
const category = policy.categories.get('call-logs') as Category;

const planOf = (survey: Survey, maxShare = 1): Plan =>
  makePlan({ ...category, guard: { maxShare } }, criteriaOf(category, policy, NOW), NOW, survey);

const dropped = (plan: Plan) => plan.indices.filter(({ action }) => action === 'drop');

test('no plan drops an index that holds a live or an undatable document, or none that was counted', () => {
  fc.assert(
    fc.property(arbitrarySurvey, (survey) => {
      for (const { counts } of dropped(planOf(survey)))
        expect(counts).toMatchObject({ undatable: 0, documents: counts?.due, due: expect.toSatisfy((due) => due > 0) });
    }),
    RUNS,
  );
});

test('no plan drops what is written to', () => {
  fc.assert(
    fc.property(arbitrarySurvey, (survey) => {
      for (const { description } of dropped(planOf(survey))) {
        expect(description.dataStreamWriteIndex).toBe(false);
        expect(description.aliases.filter(({ isWriteIndex }) => isWriteIndex)).toEqual([]);
      }
    }),
    RUNS,
  );
});

test('no plan drops every index of an alias', () => {
  fc.assert(
    fc.property(arbitrarySurvey, (survey) => {
      const aliases = (indices: readonly Survey['indices'][number][]): ReadonlySet<string> =>
        new Set(indices.flatMap(({ description }) => description.aliases.map(({ name }) => name)));
      const left = planOf(survey).indices.filter(({ action }) => action !== 'drop');
      expect(aliases(left)).toEqual(aliases(survey.indices));
    }),
    RUNS,
  );
});

test('every plan answers for every index, and an index with expired documents is purged or has a blocking finding', () => {
  fc.assert(
    fc.property(arbitrarySurvey, (survey) => {
      const plan = planOf(survey);
      expect(plan.indices.map(({ description }) => description)).toEqual(
        survey.indices.map(({ description }) => description),
      );
      for (const { action, counts, findings } of plan.indices) {
        if (counts === undefined) expect(action).toBe('unavailable');
        else if (counts.due === 0) expect(action).toBe('keep');
        else if (action === 'blocked') expect(findings.map(({ severity }) => severity)).toContain('blocking');
        else expect(['drop', 'delete']).toContain(action);
      }
    }),
    RUNS,
  );
});

test('the guard refuses a plan exactly when it reaches beyond the category or takes more than its share', () => {
  fc.assert(
    fc.property(arbitrarySurvey, fc.constantFrom(0.25, 0.5, 0.75, 1), (survey, maxShare) => {
      const refused = guard(planOf(survey, maxShare)).length > 0;
      const reachesBeyond = survey.indices.some(({ description: { name, hidden, system, dataStream } }) => {
        if (system) return true;
        if (dataStream !== undefined) return !dataStream.startsWith('logs-');
        return hidden || !name.startsWith('logs-');
      });
      const sum = (pick: 'due' | 'documents'): number =>
        survey.indices.reduce((total, { counts }) => total + (counts?.[pick] ?? 0), 0);
      expect(refused).toBe(reachesBeyond || sum('due') > maxShare * sum('documents'));
    }),
    RUNS,
  );
});
