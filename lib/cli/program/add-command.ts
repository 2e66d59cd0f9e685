import type { Command } from 'commander';

/** Makes a command that knows `--policy` and `--json`. */
export type Add = (name: string, summary: string, more?: string) => Command;

/** The help text of examples, a command line each. */
export type Examples = (...lines: readonly string[]) => string;
