import { join } from 'node:path';
import { ownFolder } from '../../../adapters/files/own-folder.ts';
import { EXIT } from '../../exit-code.ts';
import type { Result } from '../../output/result.ts';
import type { CompletionInvocation } from '../../program/completion-program.ts';

/** `completion`: prints a script for a shell, and nothing else on stdout. */
export const completionCommand = async ({ shell, script }: CompletionInvocation): Promise<Result> => {
  const text = script(join(ownFolder(), 'bin', 'es-retention.mjs'));
  const summary = `Completion for ${shell}`;
  return {
    page: text.trimEnd().split('\n'),
    json: { command: 'completion', summary, exitCode: EXIT.done, shell, script: text },
    exitCode: EXIT.done,
  };
};
