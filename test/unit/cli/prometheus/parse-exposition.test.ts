import { expect, test } from 'vitest';
import { parseExposition } from '../../../support/prometheus/parse-exposition.ts';

test.each([
  ['a sample without a type', 'a 1\n'],
  ['a metric in two places', '# HELP a x\n# TYPE a gauge\na 1\n# HELP b x\n# TYPE b gauge\nb 1\n# HELP a x\n'],
  ['a sample twice', '# HELP a x\n# TYPE a gauge\na{l="1"} 1\na{l="1"} 2\n'],
  ['an unescaped quotation mark', '# HELP a x\n# TYPE a gauge\na{l="1"2"} 1\n'],
  ['no line end', '# HELP a x\n# TYPE a gauge\na 1'],
  ['a word for a value', '# HELP a x\n# TYPE a gauge\na many\n'],
])('the parser of gauges that the tests use refuses %s', (_, text) => {
  expect(() => parseExposition(text)).toThrow();
});
