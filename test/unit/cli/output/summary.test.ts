import { describe, expect, test } from 'vitest';
import type { Failed } from '../../../../lib/cli/output/category-result.ts';
import { summaryOf } from '../../../../lib/cli/output/summary.ts';
import type { Finding } from '../../../../lib/criteria/finding.ts';
import { AGELESS, agedCategory, blocking, status, TERMINATED } from '../../../support/purge/category-result-fixture.ts';

const NOW = Date.parse('2026-11-24T14:00:00Z');
const HOUR = 3_600_000;
const totals = { indices: 3, documents: 100, due: 0, held: 0, overdue: 0, undatable: 0, behindIngestion: 0 };
const overdue = status('sdk-logs', { kept: false, totals: { ...totals, due: 9, overdue: 7 }, overdueBy: 3 * HOUR });
const cron = { expression: 'cron(15 * * * ? *)', timeZone: 'UTC' };
const failed = (exitCode: Failed['exitCode']): Failed => ({
  category: agedCategory('uins'),
  failure: { code: 'timeout', message: 'm', expected: 'e', found: 'f', fix: 'w' },
  exitCode,
});

describe('the summary', () => {
  test('counts what is kept and says when the next run comes', () => {
    const results = ['a', 'b'].map((id) => status(id, { category: agedCategory(id, { schedule: cron }) }));
    expect(summaryOf(results, NOW)).toMatchObject({ line: 'Kept: 2 of 2 · next run 14:15 UTC', exitCode: 0 });
  });

  test('names what is overdue and by how much', () => {
    const { line, exitCode } = summaryOf([status('uins'), overdue], NOW);
    expect(line).toBe('Kept: 1 of 2 · sdk-logs overdue by 3 h · next run by 14:15 UTC');
    expect(exitCode).toBe(3);
  });

  test('counts a category as kept if its due documents are not overdue', () => {
    const due = status('uins', { totals: { ...totals, due: 5 } });
    expect(summaryOf([due], NOW)).toMatchObject({ kept: 1, of: 1, exitCode: 0 });
  });

  test('names a finding without an index by its code alone', () => {
    const { index: _, ...ofCategory } = blocking('clock-skew', '');
    expect(summaryOf([status('uins', { findings: [ofCategory] })], NOW).line).toContain('uins clock-skew ·');
  });

  test('counts only categories with a rule', () => {
    const ageless = { ...status(AGELESS.id), category: AGELESS };
    expect(summaryOf([status('uins'), ageless], NOW)).toMatchObject({ kept: 1, of: 1 });
    expect(summaryOf([ageless], NOW).line).toMatch(/^Kept: no rule to keep · /);
  });

  test('counts a category with only a termination rule, and its overdue erasures', () => {
    const erasure = (code: Finding['code'], subjects: number): Finding => ({ ...blocking(code, ''), subjects });
    const kept = status('console', { category: TERMINATED });
    expect(summaryOf([status('uins'), kept], NOW)).toMatchObject({ kept: 2, of: 2, exitCode: 0 });
    const findings = [erasure('erasure-overdue', 1), erasure('erasures-left', 12), erasure('shared-documents', 2)];
    const late = status('console', { category: TERMINATED, kept: false, findings });
    expect(summaryOf([status('uins'), late], NOW)).toMatchObject({
      line: expect.stringMatching(
        /^Kept: 1 of 2 · console 1 erasure overdue, 12 erasures left to the next run, 2 erasures held up by shared documents · next/,
      ),
      exitCode: 3,
    });
  });

  test('counts an index once, however many of its fields are wrong', () => {
    const findings = ['a', 'a', 'b'].map((index) => blocking('account-mapping', index));
    expect(summaryOf([status('uins', { findings })], NOW).line).toContain('uins account-mapping in 2 indices ·');
  });

  test('does not say "expired" of documents that a termination made due', () => {
    const result = status('console', { category: TERMINATED, left: 4 });
    expect(summaryOf([result], NOW).line).toContain('console incomplete (4 due documents left) ·');
  });

  test('names every reason of a category', () => {
    const result = status('uins', {
      kept: false,
      totals: { ...totals, undatable: 12 },
      findings: [
        blocking('undatable', 'a'),
        blocking('closed', 'b'),
        blocking('red', 'c'),
        blocking('write-blocked', 'd'),
      ],
      refusals: [{ code: 'share', expected: 'e', found: 'f', fix: 'w' }],
    });
    expect(summaryOf([result], NOW).line).toContain(
      'uins 12 documents undatable, 2 indices unavailable, write-blocked in 1 index, refused (share) ·',
    );
  });

  test('leaves out findings that are only notices', () => {
    const notice = { ...blocking('account-mapping', 'a'), severity: 'notice' } as const;
    expect(summaryOf([status('uins', { findings: [notice] })], NOW)).toMatchObject({ kept: 1, exitCode: 0 });
  });

  test('reports expired documents that remain after a purge, even if none is overdue', () => {
    const result = status('uins', { left: 4, findings: [blocking('not-purged', 'a')] });
    const { line, exitCode } = summaryOf([result], NOW);
    expect(line).toContain('Kept: 1 of 1 · uins incomplete (4 expired documents left) ·');
    expect(exitCode).toBe(3);
  });

  describe('without any index', () => {
    const empty = (id: string, changes = {}) =>
      status(id, { isEmpty: true, totals: { ...totals, indices: 0, documents: 0 }, ...changes });

    test('counts a category as empty, neither kept nor broken', () => {
      expect(summaryOf([status('a'), empty('b'), empty('c')], NOW)).toMatchObject({
        line: expect.stringMatching(/^Kept: 1 of 1 · 2 empty · next run/),
        kept: 1,
        of: 1,
        empty: 2,
        exitCode: 0,
      });
    });

    test('says that nothing was found, and ends with exit code 3, if all categories are empty', () => {
      const all = [empty('a'), empty('b')];
      expect(summaryOf(all, NOW)).toMatchObject({
        line: expect.stringMatching(/^Kept: nothing found to keep · 2 empty · next run/),
        kept: 0,
        of: 0,
        empty: 2,
        exitCode: 3,
      });
      expect(summaryOf(all, NOW, { allowEmpty: true })).toMatchObject({ kept: 0, empty: 2, exitCode: 0 });
    });

    test('ends with exit code 3 even if the other categories have no rule', () => {
      const ageless = { ...status(AGELESS.id), category: AGELESS };
      expect(summaryOf([ageless, empty('a')], NOW).exitCode).toBe(3);
    });

    test('does not hide an erasure that is overdue', () => {
      const late = empty('console', { category: TERMINATED, kept: false, findings: [blocking('erasure-overdue', '')] });
      expect(summaryOf([late], NOW)).toMatchObject({ kept: 0, of: 1, empty: 0, exitCode: 3 });
    });

    test('does not count a category as empty if reading it failed', () => {
      expect(summaryOf([failed(1), empty('b')], NOW)).toMatchObject({ kept: 0, of: 1, empty: 1, exitCode: 1 });
    });
  });

  test('does not count a category as kept if reading it failed', () => {
    expect(summaryOf([failed(1), status('b')], NOW).line).toMatch(/^Kept: 1 of 2 · uins failed \(timeout\) ·/);
  });

  test('shows what the command did before the next run', () => {
    expect(summaryOf([status('a')], NOW, { done: ['purged: 5 documents'] }).line).toContain(
      '· purged: 5 documents · next run',
    );
  });

  test('names the next run of the categories with problems', () => {
    const later = {
      ...overdue,
      category: agedCategory('sdk-logs', { schedule: { ...cron, expression: 'cron(45 * * * ? *)' } }),
    };
    expect(summaryOf([status('a'), later], NOW).line).toMatch(/next run 14:45 UTC$/);
  });

  test('says that there is no next run if none is scheduled', () => {
    const ended = agedCategory('a', { schedule: { ...cron, expression: 'cron(0 0 1 1 ? 2025)' } });
    expect(summaryOf([status('a', { category: ended })], NOW).line).toMatch(/no next run$/);
  });
});

test.each([
  [[failed(1), overdue], 1],
  [[failed(2), overdue], 2],
  [[failed(2), failed(1)], 1],
  [[overdue, status('b')], 3],
  [[status('b')], 0],
  [[], 0],
])('the worst category decides the exit code (%#)', (results, exitCode) => {
  expect(summaryOf(results, NOW).exitCode).toBe(exitCode);
});
