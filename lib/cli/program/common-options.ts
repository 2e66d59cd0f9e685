import type { Command } from 'commander';

/** Commands whose answer is a table. `history` and `status --closed` have CSV with more columns of their own. */
const WITH_TABLE = ['plan', 'verify', 'purge', 'holds', 'braked', 'reconcile', 'redrive', 'audit', 'doctor'];

/**
 * Adds the options that every command has, and `--csv` where the answer is a table, to the command and all below it.
 * `run.ts` reads them before the command line is parsed, so that they apply to its errors too.
 */
export const addCommonOptions = (command: Command): Command => {
  if (command.commands.length === 0)
    command
      .option('--quiet', 'only the summary, and no progress')
      .option('--no-color', 'no colours, on a terminal either');
  if (WITH_TABLE.includes(command.name())) command.option('--csv', 'only the table, as CSV');
  command.commands.forEach(addCommonOptions);
  return command;
};
