import { defineConfig } from 'vitest/config';

/**
 * The unit tests of the core. Two files are left out: random edits, and ten thousand receipts. They take longer than
 * all others, and would be run for each mutant.
 */
export const CORE = [
  'test/unit/{policy,criteria,rules,purge,erasure,cli/explain,cli/past}/**/!(edited-documents|many-receipts).test.ts',
  'test/unit/maintenance/housekeeping.test.ts',
  'test/unit/cli/**/{braked-command,control-commands,reconcile-command,rule-text,verify-receipt-command}.test.ts',
];

/** How many of them ran. `npm run test:without-core` adds this to its own count. */
export const CORE_COUNT = 'coverage/count.json';

/**
 * For mutants and coverage: the unit tests of the core. `npm run test:unit` runs all unit tests, by vitest.config.ts.
 */
export default defineConfig({
  test: {
    include: CORE,
    reporters: ['default', ['./test/support/run/count-reporter.ts', { writes: CORE_COUNT }]],
    testTimeout: 30_000,
    isolate: false,
    maxWorkers: 2,
    coverage: {
      provider: 'v8',
      include: ['lib/{policy,criteria,rules,purge,erasure}/**/*.ts', 'lib/maintenance/housekeeping.ts'],
      reporter: ['text-summary', 'html'],
      // What the tests reach, rounded down: it must not fall.
      thresholds: {
        'lib/policy/**': { statements: 99, branches: 95, functions: 99, lines: 99 },
        'lib/criteria/**': { statements: 100, branches: 93, functions: 100, lines: 100 },
        'lib/rules/**': { statements: 100, branches: 98, functions: 100, lines: 100 },
        'lib/purge/**': { statements: 98, branches: 96, functions: 96, lines: 98 },
        'lib/maintenance/housekeeping.ts': { statements: 88, branches: 77, functions: 75, lines: 90 },
        'lib/erasure/**': { statements: 94, branches: 85, functions: 93, lines: 96 },
      },
    },
  },
});
