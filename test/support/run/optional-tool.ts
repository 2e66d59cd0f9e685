import { beforeEach } from 'vitest';

/** A tool that may be missing on a machine: the tool, or the reason. */
export type OptionalTool<T> = { readonly tool: T } | { readonly missing: string };

/**
 * Calls `find`, and returns the reason if it fails. If `CI` is set, a missing tool is an error, so that tests are not
 * skipped unnoticed.
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

/** Returns the tool. If the tool is missing, skips every test of the file, with the reason. */
export const skipWithout = <T>(found: OptionalTool<T>): T | undefined => {
  beforeEach(({ skip }) => {
    if ('missing' in found) skip(found.missing);
  });
  return 'tool' in found ? found.tool : undefined;
};
