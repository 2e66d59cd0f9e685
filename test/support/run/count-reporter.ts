import type { Reporter, TestModule } from 'vitest/node';

/** Prints the counts of a run as its last line: `N passed, N failed, N skipped`. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state] += 1;
      if (module.errors().length > 0) count.failed += 1;
    }
    const { passed, failed, skipped, pending } = count;
    process.on('exit', () => console.log(`${passed} passed, ${failed} failed, ${skipped + pending} skipped`));
  }
}
