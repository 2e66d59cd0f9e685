import type { TestProject } from 'vitest/node';

/** The work that is begun for the projects of a run. Every project loads this module again in the same process. */
const shared = globalThis as { esRetentionBegun?: Map<string, Promise<unknown>> };

/** Begins a work for all projects of a run, unless another project has already begun it. */
export const begunOnce = <Begun>(name: string, begin: () => Promise<Begun>): Promise<Begun> => {
  shared.esRetentionBegun ??= new Map();
  const begun = shared.esRetentionBegun.get(name) ?? begin();
  shared.esRetentionBegun.set(name, begun);
  // Whoever waits for the work gets its error.
  begun.catch(() => undefined);
  return begun as Promise<Begun>;
};

/** A module with a global setup for which the others need not wait. */
interface Setup {
  /** Begins the work for which the setup waits. */
  readonly begin?: (project: TestProject) => unknown;
}

/**
 * Begins the work for which the global setups of all projects in this run wait: servers and packages. Vitest calls the
 * setups one after the other, and no test before the last of them is done.
 */
export const beginTogether = ({ vitest }: TestProject): Promise<void> =>
  begunOnce('all', async () => {
    const files = vitest.state.getPaths();
    const atWork = vitest.projects.filter((project) => files.some((file) => project.matchesTestGlob(file)));
    for (const project of atWork)
      for (const path of project.config.globalSetup) {
        const setup: Setup = await import(path);
        setup.begin?.(project);
      }
  });
