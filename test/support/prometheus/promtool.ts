import { spawnSync } from 'node:child_process';

/** What promtool says of a text: nothing, if it is right. */
export type Promtool = (text: string) => { readonly code: number | null; readonly output: string };

/**
 * promtool, the checker of Prometheus.
 * @throws Error with what is missing and how to get it.
 */
export const findPromtool = async (): Promise<Promtool> => {
  if (spawnSync('promtool', ['--version']).error !== undefined)
    throw new Error(
      'promtool was expected, to check the gauges, and is not there; on Debian it is in the package prometheus (.ci/run takes it from there).',
    );
  return (text) => {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text });
    return { code: status, output: `${stdout}${stderr}` };
  };
};
