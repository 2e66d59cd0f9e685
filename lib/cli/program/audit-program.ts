import type { Selection } from '../session.ts';
import type { Add, Examples } from './command-types.ts';

/** The options of `audit`. */
export interface AuditInvocation {
  readonly command: 'audit';
  readonly selection: Selection;
  readonly json: boolean;
  readonly check: boolean;
  readonly reopen: boolean;
  readonly active?: string;
}

interface AuditOptions {
  readonly policy?: string;
  readonly json?: boolean;
  readonly check?: boolean;
  readonly reopen?: boolean;
  readonly active?: string;
  readonly category?: readonly string[];
}

export const addAudit = (
  add: Add,
  invoke: (invocation: AuditInvocation) => Promise<void>,
  examples: Examples,
): void => {
  const command = add(
    'audit',
    'Asks the cluster independently whether promises are kept, and whether reports, ledger and archive tell the truth.',
    'It shares no code with what plans and deletes, and changes nothing, unless --reopen is given. It lists what keeps content elsewhere in the cluster, and adds a signed statement per category and day to the archive. It ends with 3 where something is not as it is said to be.',
  );
  command
    .option('--category <id...>', 'only these categories')
    .option(
      '--active <file>',
      'CSV of the accounts in use: uin, or uin,application. Names those that have data and are not in it',
    )
    .option('--check', 'only check the chain of statements in the archive, from the first to the last')
    .option(
      '--reopen',
      'lets the next run erase again what has come back of erased accounts; needs a key that may write the ledger',
    )
    .addHelpText('after', examples('audit', 'audit --active active.csv', 'audit --reopen', 'audit --check'))
    .action(({ json = false, policy, category, active, check = false, reopen = false }: AuditOptions) => {
      if (check && active !== undefined) command.error('error: --check and --active do not go together');
      if (check && reopen) command.error('error: --check and --reopen do not go together');
      const selection = { ...(policy !== undefined && { policy }), ...(category !== undefined && { category }) };
      return invoke({ command: 'audit', selection, json, check, reopen, ...(active !== undefined && { active }) });
    });
};
