import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { once } from '../../base/once.ts';

/**
 * The folder of es-retention: the nearest one above this code with a `package.json`, wherever a bundle puts the code.
 */
export const ownFolder = once((): string => {
  for (let folder = import.meta.dirname; ; folder = dirname(folder))
    if (existsSync(join(folder, 'package.json')) || folder === dirname(folder)) return folder;
});
