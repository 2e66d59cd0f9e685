// osls calls this during packaging. osls itself loads no TypeScript, but Node does.
import { checkInput, checkTemplate, checkZips } from './service/package-checks.ts';

/** Refuses a package that would fail, or do nothing, after its deployment. */
export default class PackageChecks {
  constructor(serverless) {
    this.hooks = {
      'before:package:initialize': () => checkInput(serverless),
      'after:aws:package:finalize:mergeCustomProviderResources': () => checkTemplate(serverless),
      'before:package:finalize': () => checkZips(serverless),
    };
  }
}
