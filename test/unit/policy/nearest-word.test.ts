import { describe, expect, it } from 'vitest';
import { nearestWord } from '../../../lib/policy/nearest-word.ts';

describe('the nearest word', () => {
  it.each([
    ['maxAg', ['maxDay', 'maxAge', 'maxShare'], 'maxAge'],
    ['MAXAGE', ['maxAge'], 'maxAge'],
    ['alowedLatenes', ['maxAge', 'allowedLateness'], 'allowedLateness'],
    ['titel', ['rules', 'title'], 'title'],
    ['timestamp', ['timestampField'], undefined],
    ['retention', ['mode', 'earliest'], undefined],
    ['x', [], undefined],
  ])('to %s among %j is %s', (word, candidates, nearest) => {
    expect(nearestWord(word, candidates)).toBe(nearest);
  });
});
