import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceFolder } from './service-folder.ts';

const STACK = `import { alarms as all } from './stack.ts';
export * from './stack.ts';
export const alarms = async (lookup) =>
  Object.fromEntries(Object.entries(await all(lookup)).filter(([, { Properties }]) => !('Metrics' in Properties)));
`;

/**
 * Removes alarms with an expression from a copy of the service: ministack 1.5.33 refuses a template that contains one.
 */
export const withoutMetricMath = ({ path }: ServiceFolder): void =>
  writeFileSync(join(path, 'deploy', 'stack.js'), STACK);
