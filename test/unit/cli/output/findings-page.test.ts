import { expect, test } from 'vitest';
import { failurePage, findingsPage, refusalsPage } from '../../../../lib/cli/output/findings-page.ts';
import { renderPage } from '../../../../lib/cli/output/page.ts';
import { blocking } from '../../../support/purge/category-result-fixture.ts';

const render = (page: Parameters<typeof renderPage>[0]): string => renderPage(page, { paint: (_, text) => text });

test('a finding shows what was expected, what was found and the fix', () => {
  expect(render(findingsPage([blocking('closed', 'a')]))).toBe(
    ['  ! closed', '      expected  e', '      found     a: f of a', '      fix       w', ''].join('\n'),
  );
});

test('a finding in many indices is shown once, with three indices and the number of others', () => {
  const page = render(findingsPage(['a', 'b', 'c', 'd', 'e'].map((index) => blocking('undatable', index))));
  expect(page.match(/! undatable/g)).toHaveLength(1);
  expect(page).toContain(
    'found     a: f of a\n                b: f of b\n                c: f of c\n                … and in 2 more\n',
  );
});

test('findings with the same code but different texts are shown separately', () => {
  const page = render(findingsPage([blocking('closed', 'a'), { ...blocking('closed', 'b'), expected: 'other' }]));
  expect(page.match(/! closed/g)).toHaveLength(2);
});

test('a refusal shows what was expected and what was found', () => {
  const page = render(refusalsPage([{ code: 'share', expected: 'at most 50 %', found: '9 of 10', fix: 'raise it' }]));
  expect(page).toContain('! refused as a whole: share\n      expected  at most 50 %\n      found     9 of 10');
});

test('an invalid policy shows each problem with its file and line', () => {
  const problem = { file: 'p.yml', line: 3, column: 1, path: 'mode', expected: 'e', found: 'f', fix: 'w' };
  const failure = { code: 'policy', message: 'm', expected: 'e', found: 'f', fix: 'w' };
  const page = render(failurePage({ ...failure, problems: [problem, { ...problem, line: 9, path: '' }] }));
  expect(page).toContain('✗ p.yml:3  mode\n      expected  e');
  expect(page).toContain('✗ p.yml:9\n');
});

test('an invalid policy shows ten problems, counts the rest, and shows a repeated one once', () => {
  const problem = { file: 'p.yml', column: 1, path: 'mode', expected: 'e', found: 'f', fix: 'w' };
  const problems = Array.from({ length: 12 }, (_, at) => ({ ...problem, line: at + 1 }));
  const failure = { code: 'policy', message: 'm', expected: 'e', found: 'f', fix: 'w' };
  const page = render(
    failurePage({ ...failure, problems: [{ ...problem, line: 1, alsoAt: ['a', 'b'] }, ...problems] }),
  );
  expect(page).toContain('✗ p.yml:1  mode (and in 2 more places)\n');
  expect(page.match(/✗ p\.yml/g)).toHaveLength(10);
  expect(page).toMatch(/\n {2}… and 3 more\. Fix these first: some of the others may follow from them\.\n$/);
});
