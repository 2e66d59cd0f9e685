import { expect, test } from 'vitest';
import { reachesIndex } from '../../../../lib/control/controls.ts';

test.each([
  ['logs-2026.11.28', true],
  ['.ds-logs-app-2026.11.28-000001', true],
  ['.ds-logs-app-2026.11.28-1000001', true],
  ['.ds-other-2026.11.28-000001', false],
  ['.ds-logs-app', false],
  ['shrink-logs-1', false],
  ['other', false],
])('a run of the category may have set a write block on %s: %s', (index, may) => {
  expect(reachesIndex({ indices: ['metrics-*', 'logs-*'] }, index)).toBe(may);
});
