import type { TestProject } from 'vitest/node';

/** What is begun for the projects of a run. Every project loads this module again in the same process. */
const shared = globalThis as { esRetentionBegun?: Map<string, Promise<unknown>> };

/** Begins something for all projects of a run, unless another project has begun it already. */
export const begunOnce = <Begun>(name: string, begin: () => Promise<Begun>): Promise<Begun> => {
  shared.esRetentionBegun ??= new Map();
  const begun = shared.esRetentionBegun.get(name) ?? begin();
  shared.esRetentionBegun.set(name, begun);
  // Who waits for it gets the error.
  begun.catch(() => undefined);
  return begun as Promise<Begun>;
};

/** A module with a global setup that others need not wait for. */
interface Setup {
  /** Begins what the setup waits for. */
  readonly begin?: (project: TestProject) => unknown;
}

/**
 * Begins what the global setups of all projects in this run wait for: servers and packages. Vitest calls the setups one
 * after the other, and no test before the last of them is done.
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
