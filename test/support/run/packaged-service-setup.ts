import type { TestProject } from 'vitest/node';
import { serviceFolder, shippedServiceFolder } from '../deployment/service-folder.ts';
import { withoutCode } from '../deployment/without-code.ts';
import { beginTogether, begunOnce } from './begin-together.ts';

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

/** Packages the service of the example policy, or the shipped service for the project that tests it. */
export const begin = ({ name }: TestProject): Promise<{ readonly folder: string; readonly remove: () => void }> => {
  const isShipped = name === SHIPPED_POLICY;
  return begunOnce(`the package of the ${isShipped ? 'shipped' : 'example'} policy`, async () => {
    const service = isShipped ? shippedServiceFolder() : serviceFolder();
    withoutCode(service);
    return { folder: await service.package(), remove: service.remove };
  });
};

/**
 * Provides the folder of the project's package as `packagedService`.
 * @returns a function that removes it.
 */
export default async function setup(project: TestProject): Promise<() => void> {
  await beginTogether(project);
  const { folder, remove } = await begin(project);
  project.provide('packagedService', folder);
  return remove;
}
