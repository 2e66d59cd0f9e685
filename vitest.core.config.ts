import { defineConfig } from 'vitest/config';

/** The unit tests that run the core, without what takes long: for mutants and for coverage. The unit tests themselves are a project of vitest.config.ts. */
export default defineConfig({
  test: {
    include: ['test/unit/{policy,rules,purge,erasure,cli,lambda,adapters}/**/*.test.ts'],
    // Half the time of all others: random edits, and a bundle.
    exclude: ['test/unit/erasure/edited-documents.test.ts', 'test/unit/lambda/webhook-in-time.test.ts'],
    testTimeout: 30_000,
    isolate: false,
    maxWorkers: 1,
    coverage: {
      provider: 'v8',
      include: ['lib/{policy,rules,purge,erasure}/**/*.ts'],
      reporter: ['text', 'json-summary'],
    },
  },
});
