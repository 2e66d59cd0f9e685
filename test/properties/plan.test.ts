import { expect, test } from 'vitest';
import type { Survey, SurveyedIndex } from '../../lib/criteria/survey-result.ts';
import { parseRetentionPolicy } from '../../lib/policy/parsing/parse-retention-policy.ts';
import type { Category } from '../../lib/policy/retention-policy.ts';
import { criteriaOf } from '../../lib/purge/combine-rules.ts';
import { guard } from '../../lib/purge/guard.ts';
import { makePlan, type Plan } from '../../lib/purge/plan.ts';
import { POLICY } from '../support/policy/policy-text.ts';
import { AGREEING } from '../support/purge/described-index.ts';
import { NOW } from '../support/purge/purge-fixture.ts';
import fc from '../support/run/fast-check.ts';
import { propertyRuns } from '../support/run/property-runs.ts';
import { arbitrarySurvey } from './arbitrary-survey.ts';

const RUNS = { numRuns: propertyRuns(2_000) };
const policy = parseRetentionPolicy(POLICY.replace('call-log-*', 'logs-*'), 'policy.yml');
const category = policy.categories.get('call-logs') as Category;

const planOf = (survey: Survey, maxShare = 1): Plan =>
  makePlan(
    { ...category, guard: { ...category.guard, maxShare } },
    { ...criteriaOf(category, policy, NOW), ...AGREEING },
    NOW,
    survey,
  );

const dropped = (plan: Plan) => plan.indices.filter(({ action }) => action === 'drop');

/** Whether the category's patterns reach an index that is its own, and no copy of documents that stay. */
const isOwn = ({ description: { name, hidden, system, dataStream, kind } }: SurveyedIndex): boolean => {
  if (system || kind !== undefined) return false;
  if (dataStream !== undefined) return dataStream.startsWith('logs-');
  return !hidden && name.startsWith('logs-');
};

test('no plan drops an index with a live, undatable or uncounted document', () => {
  fc.assert(
    fc.property(arbitrarySurvey, (survey) => {
      for (const { counts } of dropped(planOf(survey)))
        expect(counts).toMatchObject({ undatable: 0, documents: counts?.due });
    }),
    RUNS,
  );
});

test('no plan drops an empty index that was never used or changed within a day', () => {
  fc.assert(
    fc.property(arbitrarySurvey, (survey) => {
      for (const { counts, operations = 0, isUnchanged } of dropped(planOf(survey)))
        if (counts?.documents === 0) expect([operations > 0, isUnchanged]).toEqual([true, true]);
    }),
    RUNS,
  );
});

test('no plan touches an index outside the category, or a copy of documents', () => {
  fc.assert(
    fc.property(arbitrarySurvey, (survey) => {
      for (const index of planOf(survey).indices)
        if (!isOwn(index)) expect(['keep', 'blocked', 'unavailable']).toContain(index.action);
    }),
    RUNS,
  );
});

test('no plan drops every index of a pattern without a template', () => {
  fc.assert(
    fc.property(arbitrarySurvey, (survey) => {
      const { indices } = planOf(survey);
      const isBound = ({ description, templateFields }: SurveyedIndex): boolean =>
        description.dataStream === undefined && !templateFields?.has('@timestamp');
      const written = new Set(
        indices.flatMap(({ description }) =>
          description.aliases.filter(({ isWriteIndex }) => isWriteIndex).map(({ name }) => name),
        ),
      );
      const candidates = indices.filter(({ description: { name } }) => name.startsWith('logs-'));
      const gone = candidates.filter(({ action }) => action === 'drop');
      if (gone.length === 0 || gone.length < candidates.length) return;
      // The youngest of them was not the last to be written to, or its next one is made as it should be.
      expect(
        gone.some((index) => !isBound(index) || index.description.aliases.some(({ name }) => written.has(name))),
      ).toBe(true);
    }),
    RUNS,
  );
});

test('no plan drops an index that is being written to', () => {
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

test('every plan has an action or blocking finding for every expired index', () => {
  fc.assert(
    fc.property(arbitrarySurvey, (survey) => {
      const plan = planOf(survey);
      expect(plan.indices.map(({ description }) => description)).toEqual(
        survey.indices.map(({ description }) => description),
      );
      for (const index of plan.indices) {
        const { action, counts, findings } = index;
        if (counts === undefined) expect(action).toBe('unavailable');
        else if (counts.due === 0 && isOwn(index)) expect(['keep', 'drop']).toContain(action);
        else if (action === 'blocked') expect(findings.map(({ severity }) => severity)).toContain('blocking');
        else if (counts.due > 0) expect(['drop', 'delete']).toContain(action);
      }
    }),
    RUNS,
  );
});

test("the guard refuses a plan exactly if it exceeds the category's share", () => {
  fc.assert(
    fc.property(arbitrarySurvey, fc.constantFrom(0.25, 0.5, 0.75, 1), (survey, maxShare) => {
      const own = survey.indices.filter(isOwn);
      const sum = (pick: 'due' | 'documents'): number =>
        own.reduce((total, { counts }) => total + (counts?.[pick] ?? 0), 0);
      expect(guard(planOf(survey, maxShare)).length > 0).toBe(sum('due') > maxShare * sum('documents'));
    }),
    RUNS,
  );
});
