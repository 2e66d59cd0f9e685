import type { Command } from 'commander';
import type { Selection } from '../session.ts';

/** Creates a command with the options `--policy` and `--json`. */
export type Add = (name: string, summary: string, more?: string) => Command;

/** The help text for examples, one command line each. */
export type Examples = (...lines: readonly string[]) => string;

/** The options of every command about categories: which categories, and whether to print JSON. */
export interface CategoryOptions {
  readonly selection: Selection;
  readonly json: boolean;
}
