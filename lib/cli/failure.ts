import { CommanderError } from 'commander';
import { InputError, messageOf, RefusedError, RetentionError } from '../base/errors.ts';
import type { Explanation } from '../base/explanation.ts';
import { PolicyError, type PolicyProblem } from '../policy/parsing/policy-error.ts';
import { EXIT, type ExitCode } from './exit-code.ts';

/** The reason of a failure, as in `error` of `--json`. */
export interface Failure extends Explanation {
  readonly code: string;
  readonly message: string;
  /** Every problem of a policy file, with its place. */
  readonly problems?: readonly PolicyProblem[];
}

/** The code of an error when a person or the system interrupted a run. */
export const INTERRUPTED = 'interrupted';

const ofPolicy = ({ message, problems }: PolicyError): Failure => {
  const [first] = problems;
  return {
    code: 'policy',
    message,
    expected: first?.expected ?? 'a valid retention policy',
    found: first?.found ?? 'none',
    fix: first?.fix ?? 'See the message.',
    problems,
  };
};

/** Removes values from a message of commander: the value of a misspelt option may be a secret. */
export const withoutValues = (text: string): string =>
  text.replaceAll(/(--[\w-]+)=[^\s']*/g, '$1=…').replaceAll(/'[^'\s]{40,}'/g, "'…'");

/** Describes anything that was thrown, for people and programs. */
export const failureOf = (thrown: unknown): Failure => {
  const said = messageOf(thrown);
  const message = thrown instanceof CommanderError ? withoutValues(said) : said;
  if (thrown instanceof RetentionError) return { code: thrown.code, message, ...thrown.explanation };
  if (thrown instanceof PolicyError) return ofPolicy(thrown);
  if (thrown instanceof CommanderError)
    return {
      code: 'usage',
      message,
      expected: 'a command line as --help describes it',
      found: message.replace(/^error: /, ''),
      fix: 'See node bin/es-retention.mjs --help.',
    };
  return {
    code: 'unexpected',
    message,
    expected: 'no such error',
    found: thrown instanceof Error ? `${thrown.name}: ${message}` : message,
    fix: 'This is a fault of ours: please report it, with what you did.',
  };
};

/** The exit code for anything that was thrown. */
export const exitCodeOf = (thrown: unknown): ExitCode => {
  if (thrown instanceof InputError || thrown instanceof PolicyError || thrown instanceof CommanderError)
    return EXIT.usage;
  const isLeft = thrown instanceof RefusedError || (thrown instanceof RetentionError && thrown.code === INTERRUPTED);
  return isLeft ? EXIT.left : EXIT.failed;
};
