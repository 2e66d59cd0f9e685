import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface CountOptions {
  /** File to write the counts to. */
  readonly writes?: string | undefined;
  /** File with the counts of an earlier part of the same run, which are added. */
  readonly adds?: string | undefined;
}

const NONE: Count = { passed: 0, failed: 0, skipped: 0 };

/** Prints the counts of a run as its last line: `N passed, N failed, N skipped`. */
export default class CountReporter implements Reporter {
  readonly #before: Count;
  readonly #writes: string | undefined;

  /** Fails at once if there is no file to add. */
  constructor({ adds, writes }: CountOptions = {}) {
    this.#before = adds === undefined ? NONE : (JSON.parse(readFileSync(adds, 'utf8')) as Count);
    this.#writes = writes;
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count: Record<'passed' | 'failed' | 'skipped' | 'pending', number> = { ...this.#before, pending: 0 };
    count.failed += errors.length;
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state] += 1;
      if (module.errors().length > 0) count.failed += 1;
    }
    const { passed, failed } = count;
    const skipped = count.skipped + count.pending;
    if (this.#writes !== undefined) {
      mkdirSync(dirname(this.#writes), { recursive: true });
      writeFileSync(this.#writes, JSON.stringify({ passed, failed, skipped }));
    }
    process.on('exit', () => console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`));
  }
}
