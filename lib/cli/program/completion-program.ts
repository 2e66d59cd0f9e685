import { Argument, type Command } from 'commander';
import { completionScript, SHELLS, type Shell } from '../completion/completion-script.ts';
import type { Examples } from './command-types.ts';

/** The command `completion`, with the commands and options that the root has when it is invoked. */
export interface CompletionInvocation {
  readonly command: 'completion';
  readonly json: boolean;
  readonly shell: Shell;
  /** Writes the script. */
  readonly script: (launcher: string) => string;
}

export const addCompletion = (
  root: Command,
  invoke: (invocation: CompletionInvocation) => Promise<void>,
  examples: Examples,
): void => {
  root
    .command('completion')
    .summary('Prints a script that completes commands and options in a shell.')
    .description(
      'Prints a script that completes commands and options in a shell. It also defines es-retention as a function of the shell, where there is no such command.',
    )
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .option('--json', 'one JSON document on stdout, and nothing else')
    .addHelpText('after', examples('completion bash > ~/.es-retention-completion', 'completion fish | source'))
    .action((shell: Shell, { json = false }) =>
      invoke({
        command: 'completion',
        json,
        shell,
        script: (launcher) => completionScript(root, shell, launcher),
      }),
    );
};
