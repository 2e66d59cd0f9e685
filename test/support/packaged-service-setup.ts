import type { TestProject } from 'vitest/node';
import { serviceFolder } from './service-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the service's template and zips, packaged once for a test run, without any parameter. */
    packagedService: string;
  }
}

/** Packages the service, provides the folder as `packagedService`, and returns what removes it. */
export default async function setup(project: TestProject): Promise<() => void> {
  const service = serviceFolder();
  project.provide('packagedService', await service.package());
  return service.remove;
}
