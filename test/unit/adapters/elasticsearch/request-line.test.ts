import { describe, expect, test } from 'vitest';
import { fitRequestLines } from '../../../../lib/adapters/elasticsearch/client/request-line.ts';

/** Elasticsearch accepts no longer line (`http.max_initial_line_length`). */
const LINE_BYTES = 4_096;

/** The longest line in which we ask about indices by name, without the names. */
const REST = 'GET //_settings?flat_settings=true&expand_wildcards=all&ignore_unavailable=true HTTP/1.1'.length;

describe('lists of index names for request lines', () => {
  test.each([
    ['long', 'x'.repeat(200)],
    ['of two bytes for each character', 'ä'.repeat(100)],
    ['short', 'x'],
  ])('fit into one line each, in order, if the names are %s', (_, rest) => {
    const names = Array.from({ length: 300 }, (__, at) => `${at}-${rest}`);
    const lines = fitRequestLines(names);
    expect(lines.flat()).toEqual(names);
    for (const line of lines) {
      expect(line).not.toEqual([]);
      expect(encodeURIComponent(line.join()).length + REST).toBeLessThan(LINE_BYTES);
    }
  });

  test('are as few as possible', () => {
    expect(fitRequestLines(['a', 'b', 'c'])).toEqual([['a', 'b', 'c']]);
    expect(fitRequestLines([])).toEqual([]);
  });
});
