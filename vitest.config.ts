import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Metrics are lines on stdout: only the tests that look at them want them.
    env: { POWERTOOLS_METRICS_DISABLED: 'true' },
    reporters: ['default', './test/support/count-reporter.ts'],
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      {
        test: {
          name: 'elasticsearch',
          include: ['test/{contract,integration,properties,failures}/**/*.test.ts'],
          globalSetup: ['test/support/embedded-elasticsearch-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 240_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 400_000,
        },
      },
      {
        test: {
          name: 'template',
          include: ['test/template/**/*.test.ts'],
          globalSetup: ['test/support/packaged-service-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
