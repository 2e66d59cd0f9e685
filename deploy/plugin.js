// osls calls this while it packages. It loads no TypeScript; Node does.
import { checkInput, checkTemplate, checkZips } from './package-checks.ts';

/** Refuses what would be packaged without a word, and fail or do nothing once it is deployed. */
export default class PackageChecks {
  constructor(serverless) {
    this.hooks = {
      'before:package:initialize': () => checkInput(serverless),
      'after:aws:package:finalize:mergeCustomProviderResources': () => checkTemplate(serverless),
      'before:package:finalize': () => checkZips(serverless),
    };
  }
}
