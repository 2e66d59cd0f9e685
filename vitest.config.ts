import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

/** Half of all worker time: in projects of their own, which `npm run test:quick` leaves out. */
const SLOW = {
  elasticsearch: [
    'test/integration/embedded-elasticsearch.test.ts',
    'test/integration/purge/many-indices.test.ts',
    'test/failures/erasure-death.test.ts',
  ],
  template: ['test/template/options.test.ts', 'test/template/other-service.test.ts'],
  shippedPolicy: ['test/shipped-policy/demo.test.ts'],
};

const elasticsearch = {
  globalSetup: ['test/support/embedded-elasticsearch-setup.ts'],
  testTimeout: 120_000,
  hookTimeout: 240_000,
};

/** They set the environment that modules read when they are loaded. */
const FUNCTIONS = [
  'test/integration/{functions,function-log,function-erasures,housekeeping}.test.ts',
  'test/integration/erasure/{receipts,nothing-personal}.test.ts',
];

/** It adds a kind of rule, which the schema of the policy reads when it is first used. */
const RULE_KINDS = ['test/integration/cli/third-rule-kind.test.ts'];

const template = {
  globalSetup: ['test/support/packaged-service-setup.ts'],
  testTimeout: 120_000,
  hookTimeout: 240_000,
};

/** They share a server with security, one after the other. */
const SECURED = [
  'test/failures/{keys,stolen-keys,forbidden-category}.test.ts',
  'test/integration/deploy-guide-keys.test.ts',
  'test/integration/cli/setup-keys.test.ts',
];

/** It changes settings of the whole cluster: nothing else may run beside it. */
const ALONE = ['test/failures/cluster-settings.test.ts'];

export default defineConfig({
  test: {
    env: {
      // Metrics are lines on stdout: only the tests that look at them want them.
      POWERTOOLS_METRICS_DISABLED: 'true',
      // Two hundred command lines are started, each of which would compile all of it anew.
      NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules', '.cache', 'compiled'),
    },
    // Half the time is waiting for Elasticsearch.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/support/count-reporter.ts'],
    projects: [
      // Five seconds are little beside a server that starts. Modules are loaded once for each worker: half the time was loading them.
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 30_000, isolate: false } },
      {
        test: {
          name: 'elasticsearch',
          include: ['test/{contract,integration,properties,failures}/**/*.test.ts'],
          exclude: [...SLOW.elasticsearch, ...SECURED, ...ALONE, ...FUNCTIONS, ...RULE_KINDS],
          // Modules are loaded once for each worker, and tests take over indices from those of other files.
          isolate: false,
          ...elasticsearch,
        },
      },
      { test: { name: 'elasticsearch-functions', include: [...FUNCTIONS, ...RULE_KINDS], ...elasticsearch } },
      // With a server of its own.
      {
        test: {
          name: 'cases',
          include: ['test/cases/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 240_000,
        },
      },
      { test: { name: 'elasticsearch-slow', include: SLOW.elasticsearch, ...elasticsearch } },
      {
        test: {
          ...elasticsearch,
          name: 'secured',
          include: SECURED,
          globalSetup: [...elasticsearch.globalSetup, 'test/support/secured-server-setup.ts'],
        },
      },
      { test: { name: 'elasticsearch-alone', include: ALONE, sequence: { groupOrder: 1 }, ...elasticsearch } },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 400_000,
        },
      },
      {
        test: { name: 'template', include: ['test/template/**/*.test.ts'], exclude: SLOW.template, ...template },
      },
      // What names the categories of the policy that is shipped. With another policy these tests go, or are written anew.
      {
        test: {
          ...elasticsearch,
          name: 'shipped-policy',
          include: ['test/shipped-policy/**/*.test.ts'],
          exclude: SLOW.shippedPolicy,
          globalSetup: [...elasticsearch.globalSetup, ...template.globalSetup],
        },
      },
      // With a server of its own.
      {
        test: {
          name: 'shipped-policy-slow',
          include: SLOW.shippedPolicy,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      // They package a service themselves.
      { test: { name: 'template-slow', include: SLOW.template, testTimeout: 120_000, hookTimeout: 240_000 } },
    ],
  },
});
