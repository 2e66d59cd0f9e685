import { describe, expect, test } from 'vitest';
import { isFormatReadInPart, isPlainFormat } from '../../../lib/rules/dates/date-format.ts';
import { expansionsOf } from '../../../lib/rules/dates/date-pattern.ts';

// Measured on Elasticsearch 9.4.3: what becomes of a text in each of these formats.
describe('a date format that loses a part of the text', () => {
  test.each([
    'YYYY-MM-dd',
    'YYYY-MM-dd HH:mm',
    'dd/MM/YYYY',
    'YYYY-MM',
    "yyyy-'W'ww",
    'ww-yyyy',
    "yyyy-'W'ww-e",
    "yyyy-'Q'Q",
    'yyyy-Q',
    'QQQ yyyy',
    'yyyy-mm-dd',
    'yyyy-MM-DD',
    "yyyy-MM 'W'W",
    'yyyy-MM F',
    'yyyy E',
    'yyyy-MM-dd hh',
    'yyyy-MM-dd KK',
    'yyyy-MM-dd HH.SSS',
    'yyyy-MM-dd HH:ss',
    'yyyy-dd',
    'yyyy-MM HH',
    'yyyy-MM-dd a',
    'yyyy-MM-dd mm:ss',
    'yyyy[-MM][-dd]',
    'MM-dd',
    'HH:mm',
    'epoch_millis||YYYY-MM-dd',
    '8YYYY-MM-dd',
  ])('is recognized: %s', (format) => {
    expect(isFormatReadInPart(format)).toBe(true);
  });
});

describe('a date format that keeps the whole text', () => {
  test.each([
    'strict_date_optional_time||epoch_millis',
    'basic_date',
    'week_date',
    'epoch_second',
    'iso8601',
    'yyyy-MM-dd',
    'uuuu-MM-dd',
    'dd/MM/yyyy',
    'yyyy-MM',
    'yyyy',
    'yyyyMMdd',
    'YYYY',
    "YYYY-'W'ww",
    "YYYY-'W'ww-e",
    'yyyy-DDD',
    'yyyy-MM-dd HH',
    "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    'yyyy-MM-dd hh:mm a',
    'yyyy-MM-dd kk:mm',
    'MMM d, yyyy',
    'EEE, dd MMM yyyy HH:mm:ss Z',
    "yyyy[-MM[-dd['T'HH[:mm[:ss[.SSS]]]]]][XXX]",
    'yyyy-MM-dd A',
    'yyyy-MM-dd HH:mm G',
  ])('is recognized: %s', (format) => {
    expect(isFormatReadInPart(format)).toBe(false);
  });
});

describe('a format with optional sections', () => {
  test('is expanded into each variant once', () => {
    expect(expansionsOf('yyyy[-MM]')).toEqual(['yyyy-MM', 'yyyy']);
    expect(expansionsOf("yyyy'[x]'")).toEqual(["yyyy'[x]'"]);
    expect(expansionsOf('yyyy[-MM][-MM]')).toHaveLength(3);
    expect(expansionsOf('yyyy]')).toEqual(['yyyy', '']);
  });

  // Then nothing tells which part of a text is read, so the dates are not believed.
  test('is treated as read only in part if it has more than 256 variants', () => {
    const sections = (count: number) => `yyyy${Array.from({ length: count }, (_, at) => `['${at}']`).join('')}`;
    expect(expansionsOf(sections(8))).toHaveLength(256);
    expect(expansionsOf(sections(9))).toBeUndefined();
    expect(expansionsOf(sections(9).replaceAll(']', ''))).toHaveLength(10);
    expect([isFormatReadInPart(sections(8)), isFormatReadInPart(sections(9))]).toEqual([false, true]);
  });
});

test('a format is plain only if all its parts are built-in formats', () => {
  expect(isPlainFormat('strict_date||epoch_second')).toBe(true);
  expect(isPlainFormat('strict_date || epoch_second')).toBe(true);
  expect(isPlainFormat('strict_date||yyyy')).toBe(false);
});
