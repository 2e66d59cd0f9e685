import { beforeEach } from 'vitest';

/** A tool that not every machine has: the tool, or why there is none. */
export type OptionalTool<T> = { readonly tool: T } | { readonly missing: string };

/**
 * What `find` finds, or the reason why it finds nothing. Where `CI` is set a missing tool is a failure: nothing is left out
 * there without somebody noticing.
 */
export const optionalTool = async <T>(find: () => Promise<T>): Promise<OptionalTool<T>> => {
  try {
    return { tool: await find() };
  } catch (error) {
    if (process.env.CI) throw error;
    const missing = error instanceof Error ? error.message : String(error);
    process.stderr.write(`Tests are skipped: ${missing}\n`);
    return { missing };
  }
};

/** Skips every test of a file, with the reason, when the tool is missing; otherwise returns it. */
export const skipWithout = <T>(found: OptionalTool<T>): T | undefined => {
  beforeEach(({ skip }) => {
    if ('missing' in found) skip(found.missing);
  });
  return 'tool' in found ? found.tool : undefined;
};
