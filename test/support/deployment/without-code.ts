import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const HANDLERS = {
  'purge-handler': 'purgeHandler',
  'housekeeping-handler': 'housekeepingHandler',
  'audit-handler': 'auditHandler',
  'termination-webhook': 'terminationWebhook',
};

/**
 * Empties the handlers of a copy of the service, for tests that do not run its functions: to bundle the real code of
 * six functions takes five seconds of the processor.
 * @param path folder of the copy.
 */
export const withoutCode = ({ path }: { readonly path: string }): void => {
  for (const [file, name] of Object.entries(HANDLERS))
    writeFileSync(join(path, 'lib', 'lambda', `${file}.ts`), `export const ${name} = () => async () => undefined;\n`);
};

/**
 * Empties the functions of a copy of the service, except one: for a second deployment, of which tests call only that
 * one.
 * @param path folder of the copy.
 * @param kept name of the function's file.
 */
export const withCodeOfOnly = ({ path }: { readonly path: string }, kept: string): void => {
  const folder = join(path, 'functions');
  for (const name of readdirSync(folder).filter((each) => each !== kept)) {
    const file = join(folder, name);
    const emptied = readFileSync(file, 'utf8').replace(
      /^import \{ (\w+) \} from '.*';$/m,
      'const $1 = (..._: unknown[]) => async () => undefined;',
    );
    writeFileSync(file, emptied);
  }
};
