import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/run/longest-first.ts';
import { CORE, CORE_COUNT } from './vitest.core.config.ts';

/** `npm run test:without-core` runs after `npm run test:coverage`, which has run the tests of the core. */
const isWithoutCore = process.env.ES_RETENTION_WITHOUT_CORE === 'true';

/** These files take half of all worker time. They are projects of their own, which `npm run test:quick` leaves out. */
const SLOW = {
  elasticsearch: [
    'test/integration/embedded-elasticsearch.test.ts',
    'test/integration/purge/runs/many-indices.test.ts',
    'test/failures/erasure-death.test.ts',
  ],
  template: ['test/template/options.test.ts', 'test/template/other-service.test.ts'],
  shippedPolicy: ['test/shipped-policy/demo.test.ts'],
};

/** Node loads the tests, which needs no transformation: a third less of the processor. They mock no module. */
const LOADED_BY_NODE = { viteModuleRunner: false, nodeLoader: false };

const elasticsearch = {
  globalSetup: ['test/support/run/embedded-elasticsearch-setup.ts'],
  testTimeout: 120_000,
  hookTimeout: 240_000,
};

/** These files set environment variables that modules read when they are loaded. */
const FUNCTIONS = [
  'test/integration/{function-log,function-erasures,housekeeping}.test.ts',
  'test/integration/erasure/**/{receipts,nothing-personal,returned-data}.test.ts',
];

/** This file adds a kind of rule, which the policy's schema reads when it is first used. */
const RULE_KINDS = ['test/integration/cli/runs/third-rule-kind.test.ts'];

const template = {
  globalSetup: ['test/support/run/packaged-service-setup.ts'],
  testTimeout: 120_000,
  hookTimeout: 240_000,
};

/** These files share a server with security, one after the other. */
const SECURED = [
  'test/failures/{keys,stolen-keys,forbidden-category,cluster-settings}.test.ts',
  'test/integration/{deploy-guide-keys,named-server}.test.ts',
  'test/integration/cli/records/setup-keys.test.ts',
];

/** These deployments use that server too. */
const DEPLOYED = ['test/e2e/{deployment,aws-check}.test.ts'];

export default defineConfig({
  test: {
    env: {
      // Metrics are lines on stdout. Only the tests that check them need them.
      POWERTOOLS_METRICS_DISABLED: 'true',
      // The tests start two hundred command lines, each of which would compile all modules again.
      NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules', '.cache', 'compiled'),
    },
    // Two cores: while one test waits for a process or its turn, two others work.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    reporters: ['default', ['./test/support/run/count-reporter.ts', { ...(isWithoutCore && { adds: CORE_COUNT }) }]],
    projects: [
      // The default of five seconds is too short while a server starts on the same machine. Modules are loaded once for
      // each worker, since loading took half of the time.
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          exclude: isWithoutCore ? CORE : [],
          testTimeout: 30_000,
          isolate: false,
          experimental: LOADED_BY_NODE,
        },
      },
      // A page in a browser, if there is one.
      { test: { name: 'browser', include: ['test/browser/**/*.test.ts'], testTimeout: 30_000 } },
      {
        test: {
          name: 'elasticsearch',
          include: ['test/{contract,integration,properties,failures,oracle}/**/*.test.ts'],
          exclude: [...SLOW.elasticsearch, ...SECURED, ...FUNCTIONS, ...RULE_KINDS],
          // Modules are loaded once for each worker, and tests reuse indices of tests in other files.
          isolate: false,
          ...elasticsearch,
        },
      },
      { test: { name: 'elasticsearch-functions', include: [...FUNCTIONS, ...RULE_KINDS], ...elasticsearch } },
      { test: { name: 'cases', include: ['test/cases/*.test.ts'], ...elasticsearch } },
      { test: { name: 'elasticsearch-slow', include: SLOW.elasticsearch, ...elasticsearch } },
      {
        test: {
          ...elasticsearch,
          name: 'secured',
          include: SECURED,
          globalSetup: [...elasticsearch.globalSetup, 'test/support/run/secured-server-setup.ts'],
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: DEPLOYED,
          globalSetup: elasticsearch.globalSetup,
          testTimeout: 240_000,
          hookTimeout: 400_000,
        },
      },
      {
        test: {
          name: 'e2e-secured',
          include: DEPLOYED,
          globalSetup: ['test/support/run/secured-server-setup.ts'],
          testTimeout: 240_000,
          hookTimeout: 400_000,
        },
      },
      {
        test: {
          name: 'template',
          include: ['test/template/**/*.test.ts'],
          exclude: SLOW.template,
          // They only read the package.
          isolate: false,
          ...template,
        },
      },
      // Needs no server. It runs the shipped policy.
      {
        test: {
          name: 'simulation',
          include: ['test/simulation/**/*.test.ts'],
          testTimeout: 600_000,
          experimental: LOADED_BY_NODE,
        },
      },
      // Tests that name the categories of the shipped policy. With another policy they must be removed or rewritten.
      {
        test: {
          ...elasticsearch,
          name: 'shipped-policy',
          include: ['test/shipped-policy/**/*.test.ts'],
          exclude: SLOW.shippedPolicy,
          globalSetup: [...elasticsearch.globalSetup, ...template.globalSetup],
        },
      },
      // It has a server of its own.
      {
        test: {
          name: 'shipped-policy-slow',
          include: SLOW.shippedPolicy,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      // These tests package a service themselves.
      { test: { name: 'template-slow', include: SLOW.template, testTimeout: 120_000, hookTimeout: 240_000 } },
    ],
  },
});
