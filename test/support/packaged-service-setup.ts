import type { TestProject } from 'vitest/node';
import { serviceFolder, shippedServiceFolder } from './service-folder.ts';
import { withoutCode } from './without-code.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /**
     * The folder with the service's template and zips, packaged once for a test run without parameters.
     * The zips have no code.
     */
    packagedService: string;
  }
}

const SHIPPED_POLICY = 'shipped-policy';

/**
 * Packages the service of the example policy, or the shipped service for the project that tests it. Provides the folder
 * as `packagedService`.
 * @returns a function that removes the folder.
 */
export default async function setup(project: TestProject): Promise<() => void> {
  const service = project.name === SHIPPED_POLICY ? shippedServiceFolder() : serviceFolder();
  withoutCode(service);
  project.provide('packagedService', await service.package());
  return service.remove;
}
