import type { Finding } from './unreadable-value.ts';

/** One thing wrong with a policy file, with its place. */
export interface PolicyProblem extends Finding {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  /** Keys joined with dots, list positions in brackets: `categories.uins.indices[0]`. Empty for the file as a whole. */
  readonly path: string;
}

/** The policy cannot be used: our input is wrong, retrying does not help. Lists all problems, in the file's order. */
export class PolicyError extends Error {
  readonly problems: readonly PolicyProblem[];

  constructor(problems: readonly PolicyProblem[]) {
    super(problems.map(describe).join('\n'));
    this.name = 'PolicyError';
    this.problems = problems;
  }
}

function describe({ file, line, path, expected, found, wayOut }: PolicyProblem): string {
  const place = path === '' ? `${file}:${line}` : `${file}:${line}: ${path}`;
  return `${place}: expected ${expected}, found ${found}. ${wayOut}.`;
}
