import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { retentionPolicyJsonSchema } from '../../../lib/policy/policy-schema.ts';

interface Described {
  description?: string;
  properties?: Record<string, Described>;
  additionalProperties?: Described | false;
  items?: Described;
}

describe('the JSON Schema for editors', () => {
  test('is up to date (if not: node scripts/generate-policy-schema.ts)', () => {
    const committed = readFileSync(new URL('../../../retention-policy.schema.json', import.meta.url), 'utf8');
    expect(JSON.parse(committed)).toEqual(JSON.parse(JSON.stringify(retentionPolicyJsonSchema())));
  });

  test('explains every key', () => {
    const unexplained = keysOf(retentionPolicyJsonSchema() as Described, '').filter(
      ([, { description }]) => !description,
    );
    expect(unexplained.map(([path]) => path)).toEqual([]);
  });

  test('contains the keys of a category, and allows no others', () => {
    const paths = keysOf(retentionPolicyJsonSchema() as Described, '').map(([path]) => path);
    expect(paths).toEqual(
      expect.arrayContaining(['.mode', '.categories.*.rules.age.maxAge', '.defaults.guard.maxShare']),
    );
    const schema = retentionPolicyJsonSchema() as Described;
    expect(schema.properties?.categories?.additionalProperties).toMatchObject({ additionalProperties: false });
  });
});

function keysOf(schema: Described, path: string): [string, Described][] {
  const inner: [string, Described][] = Object.entries(schema.properties ?? {}).map(([key, value]) => [
    `${path}.${key}`,
    value,
  ]);
  if (schema.additionalProperties) inner.push([`${path}.*`, schema.additionalProperties]);
  if (schema.items) inner.push([`${path}[]`, schema.items]);
  return inner.flatMap(([key, value]) => [[key, value] as [string, Described], ...keysOf(value, key)]);
}
