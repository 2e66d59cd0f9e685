import { parseArgs } from 'node:util';
import type { PartName } from './page/found.ts';

/** The parts of `npm run bench:quick`. */
const QUICK = ['backlog', 'boundary', 'accounts', 'archive', 'plan', 'neighbours'] as const;

/** The parts of `npm run bench`. */
const FULL = [...QUICK, 'growth'] as const;

/** The last one takes so long that it is measured only if it is named. */
const ALL: readonly string[] = [...FULL, 'equivalence'] satisfies readonly PartName[];

export interface Options {
  readonly isQuick: boolean;
  /** Whether page and plots are only written again. */
  readonly isPageOnly: boolean;
  readonly parts: readonly PartName[];
  /** Where page, plots and numbers are written; undefined: the page is only shown. */
  readonly folder: string | undefined;
  /** The heap of the server, such as `1g`; undefined: what each part needs. */
  readonly heap: string | undefined;
}

const isPart = (name: string): name is PartName => ALL.includes(name);

/**
 * Reads the command line: `[--quick] [--only NAME,…] [--page] [--into FOLDER] [--heap SIZE]`.
 * @throws Error if an option or a part is unknown.
 */
export const optionsOf = (args: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      page: { type: 'boolean', default: false },
      into: { type: 'string' },
      heap: { type: 'string' },
    },
  });
  const named = values.only?.split(',') ?? (values.quick ? QUICK : FULL);
  const parts = named.filter(isPart);
  const unknown = named.filter((name) => !isPart(name));
  if (unknown.length > 0) throw new Error(`No part is called ${unknown.join(', ')}. Name some of: ${ALL.join(', ')}.`);
  return {
    isQuick: values.quick,
    isPageOnly: values.page,
    parts,
    folder: values.into ?? (values.quick ? undefined : 'docs'),
    heap: values.heap,
  };
};
