/**
 * Mutation testing of the core, on demand: `npm run test:mutation -- --mutate 'lib/rules/*.ts'`. See CONTRIBUTING.md.
 */
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.core.config.ts', related: false },
  mutate: ['lib/{policy,criteria,rules,purge,erasure}/**/*.ts', 'lib/maintenance/housekeeping.ts'],
  // A text that decides is a literal type: the check of types refuses another one. What is left are sentences.
  mutator: { excludedMutations: ['StringLiteral'] },
  // What is computed once, when a module is loaded, would need a process for each mutant.
  ignoreStatic: true,
  coverageAnalysis: 'perTest',
  concurrency: 1,
  incremental: true,
  incrementalFile: 'reports/mutation/incremental.json',
  reporters: ['clear-text', 'html', 'json'],
  clearTextReporter: { allowColor: false, logTests: false },
  tempDirName: '.cache/stryker',
  ignorePatterns: ['/.cache', '/coverage', '/reports'],
  // There is no such file. With one, Stryker asks the compiler for an interface that TypeScript 7 does not have.
  tsconfigFile: 'none.json',
};
