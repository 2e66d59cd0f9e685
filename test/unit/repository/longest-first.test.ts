import { expect, test } from 'vitest';
import type { TestSpecification, Vitest } from 'vitest/node';
import { LongestFirst } from '../../support/run/longest-first.ts';

/** Projects of which all files of a worker share a process. */
const SHARING = ['elasticsearch', 'unit'];

const file = (project: string, at: number) =>
  ({
    moduleId: `/no-such-folder/${project}-${at}.test.ts`,
    project: { name: project, config: { isolate: !SHARING.includes(project), sequence: { groupOrder: 0 } } },
  }) as unknown as TestSpecification;

const files = (project: string, count: number): readonly TestSpecification[] =>
  Array.from({ length: count }, (_, at) => file(project, at));

const sorted = async (given: readonly TestSpecification[]): Promise<readonly string[]> => {
  const context = { cache: { getTestSpecificationResult: () => undefined } } as unknown as Vitest;
  return (await new LongestFirst(context).sort([...given])).map(({ project }) => project.name);
};

test('files of the slowest projects begin first, whatever their names', async () => {
  const names = await sorted([...files('cases', 1), ...files('elasticsearch', 3), ...files('e2e', 2)]);
  expect(names).toEqual(['e2e', 'e2e', 'cases', 'elasticsearch', 'elasticsearch', 'elasticsearch']);
});

test('files that cannot run together are far apart in the order, and none is lost', async () => {
  const names = await sorted([...files('secured', 3), ...files('template', 40), ...files('unit', 10)]);
  expect(names).toHaveLength(53);
  const at = names.flatMap((name, index) => (name === 'secured' ? [index] : []));
  expect(at).toHaveLength(3);
  for (const [index, place] of at.entries()) if (index > 0) expect(place - (at[index - 1] ?? 0)).toBeGreaterThan(10);
});

test('the longest of the files that wait for each other begins first', async () => {
  const names = await sorted([...files('e2e', 2), ...files('template', 9), ...files('e2e-secured', 2)]);
  expect([names.slice(0, 3), names.indexOf('e2e-secured', 1)]).toEqual([['e2e-secured', 'e2e', 'e2e'], 8]);
});

test('files that can share a process are next to each other in the order', async () => {
  const names = await sorted([
    ...files('unit', 9),
    ...files('template', 4),
    ...files('secured', 3),
    ...files('elasticsearch', 9),
    ...files('cases', 1),
  ]);
  const pieces = names.filter((name, index) => name !== names[index - 1]);
  expect(pieces.filter((name) => SHARING.includes(name))).toEqual(SHARING);
  expect(pieces.at(-1)).toBe('unit');
});
