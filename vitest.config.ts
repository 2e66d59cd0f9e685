import { defineConfig } from 'vitest/config';

const real = { globalSetup: ['test/support/embedded-elasticsearch-setup.ts'], testTimeout: 120_000, hookTimeout: 240_000 };

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      {
        test: {
          name: 'elasticsearch',
          include: ['test/{contract,integration,properties,scenarios,failures}/**/*.test.ts'],
          ...real,
        },
      },
    ],
  },
});
