import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { functionOf } from '../naming.ts';
import { entryTextOf } from './category-function.ts';

/** The functions of a service: each has a file, and an entry in serverless.yml. */
export interface ServiceFiles {
  /** The text of serverless.yml. */
  readonly serverless: string;
  /** The text of each purge function, by path below the root: `functions/purge-sdk-logs.ts`. */
  readonly functions: ReadonlyMap<string, string>;
}

const FOLDER = 'functions';
const PURGE_FILE = /^purge-.*\.ts$/;

/** @param root folder of the service. */
export const readServiceFiles = (root = '.'): ServiceFiles => ({
  serverless: readFileSync(join(root, 'serverless.yml'), 'utf8'),
  functions: new Map(
    readdirSync(join(root, FOLDER))
      .filter((file) => PURGE_FILE.test(file))
      .sort()
      .map((file) => [`${FOLDER}/${file}`, readFileSync(join(root, FOLDER, file), 'utf8')]),
  ),
});

/** A function in serverless.yml. */
export type ServiceEntry = Readonly<Record<string, unknown>>;

/** The purge functions of a serverless.yml, by name. YAML tags such as !Ref are ignored. */
export const entriesIn = (serverless: string): Readonly<Record<string, ServiceEntry>> => {
  const { functions } = (parse(serverless, { logLevel: 'silent' }) ?? {}) as { readonly functions?: object | null };
  return Object.fromEntries(Object.entries(functions ?? {}).filter(([name]) => name.startsWith('purge-')));
};

/** The entry that `add-category` writes for a category, without the part that all functions share. */
const writtenEntryOf = (category: string): ServiceEntry => {
  const { '<<': _, ...entry } = entriesIn(`common: &purge {}\nfunctions:\n${entryTextOf(category)}\n`)[
    functionOf(category)
  ] as ServiceEntry;
  return entry;
};

/** The keys of a function's entry with wrong values. Additional keys are ignored. */
export const wrongKeysIn = (entry: ServiceEntry | null, category: string): readonly string[] =>
  Object.entries(writtenEntryOf(category))
    .filter(([key, value]) => JSON.stringify(entry?.[key]) !== JSON.stringify(value))
    .map(([key]) => key);
