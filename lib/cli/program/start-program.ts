import type { InitQuestion } from '../commands/start/init-command.ts';
import type { Add, Examples } from './command-types.ts';

/** Commands for the first hour: a policy is drafted, and everything around it is checked. */
export type StartInvocation =
  | { readonly command: 'doctor'; readonly json: boolean; readonly policy?: string }
  | (InitQuestion & { readonly command: 'init'; readonly json: boolean });

interface StartOptions {
  readonly json?: boolean;
  readonly policy?: string;
  readonly index?: readonly string[];
}

type Invoke = (invocation: StartInvocation) => Promise<void>;

const addInit = (add: Add, invoke: Invoke, examples: Examples): void => {
  add(
    'init',
    'Drafts a policy from the indices of the cluster, and asks for what it cannot know.',
    'It looks at names, sizes, date and account fields, and at the first and last date. On a terminal it asks how long data may stay, and for the promise. Without an answer a category has no rule. The draft observes: nothing is destroyed. It never overwrites a file.',
  )
    .argument('<file>', 'the new policy file')
    .option('--index <pattern...>', 'only indices that match (default: all that hold documents)')
    .addHelpText('after', examples('init my-policy.yml', "init my-policy.yml --index 'orders-*' profiles"))
    .action((file: string, { json = false, index = [] }: StartOptions) =>
      invoke({ command: 'init', json, file, indices: index }),
    );
};

const addDoctor = (add: Add, invoke: Invoke, examples: Examples): void => {
  add(
    'doctor',
    'Checks what the other commands rely on, and names the fix for what is wrong. Changes nothing.',
    'Address, certificate, version, privileges, our own indices, clocks, mappings, indices of no category, keys, archive, bus and queues, side by side, in at most ten seconds. It ends with 0 when all is well, and with 3 when something is wrong or could not be checked.',
  )
    .addHelpText('after', examples('doctor', 'doctor --policy my-policy.yml', 'doctor --json | jq .checks'))
    .action(({ json = false, policy }: StartOptions) =>
      invoke({ command: 'doctor', json, ...(policy !== undefined && { policy }) }),
    );
};

/** Adds `init` and `doctor`. */
export const addStartCommands = (add: Add, invoke: Invoke, examples: Examples): void => {
  addInit(add, invoke, examples);
  addDoctor(add, invoke, examples);
};
