import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RULE_QUERIES } from '../../../lib/adapters/elasticsearch/rules/rule-queries.ts';
import { RULE_FORMS } from '../../../lib/policy/rules/rule-forms.ts';
import { RULE_KINDS } from '../../../lib/rules/rule-kinds.ts';

const idsOf = (kinds: readonly { readonly id: string }[]): readonly string[] => kinds.map(({ id }) => id);

test('every kind of rule has the same id in policy, rules and queries, in the same order', () => {
  expect(idsOf(RULE_KINDS)).toEqual(['age', 'termination']);
  expect(idsOf(RULE_FORMS)).toEqual(idsOf(RULE_KINDS));
  expect(idsOf(RULE_QUERIES)).toEqual(idsOf(RULE_KINDS));
});

const ROOT = join(import.meta.dirname, '../../..');

const pipeline = globSync('lib/{criteria,purge,rules/dates}/**/*.ts', { cwd: ROOT });

test('no code of the pipeline asks which kind a rule is', () => {
  const asking = pipeline.filter((file) =>
    /rules\??\.(age|termination)\b|rules: \{ (age|termination)\b|criteria\.age\b/.test(
      readFileSync(join(ROOT, file), 'utf8'),
    ),
  );
  expect(pipeline.length).toBeGreaterThan(40);
  expect(asking).toEqual([]);
});
