import type { Command } from 'commander';

/** Creates a command with the options `--policy` and `--json`. */
export type Add = (name: string, summary: string, more?: string) => Command;

/** The help text for examples, one command line each. */
export type Examples = (...lines: readonly string[]) => string;
