import type { TestProject } from 'vitest/node';
import { serviceFolder, shippedServiceFolder } from './service-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the service's template and zips, packaged once for a test run, without any parameter. */
    packagedService: string;
  }
}

const SHIPPED_POLICY = 'shipped-policy';

/** Packages the service of the example policy, or that which is shipped for the project that tests it, provides the folder as `packagedService`, and returns what removes it. */
export default async function setup(project: TestProject): Promise<() => void> {
  const service = project.name === SHIPPED_POLICY ? shippedServiceFolder() : serviceFolder();
  project.provide('packagedService', await service.package());
  return service.remove;
}
