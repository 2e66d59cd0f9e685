import { Argument, type Command } from 'commander';
import { KEY_KINDS, type KeyKind } from '../../erasure/subjects/key-ring.ts';
import type { Examples } from './command-types.ts';
import type { CompletionInvocation } from './completion-program.ts';

/** The options of `verify-receipt`. */
export interface ReceiptQuestion {
  readonly command: 'verify-receipt';
  readonly json: boolean;
  readonly file: string;
  /** The file of the public key. */
  readonly key: string;
  readonly uin?: string;
  readonly app?: string;
  readonly opening?: string;
}

/** Commands that need no cluster. */
export type OfflineInvocation =
  | { readonly command: 'redrive'; readonly json: boolean; readonly execute: boolean; readonly to?: string }
  | ReceiptQuestion
  | { readonly command: 'keys generate'; readonly json: boolean; readonly file: string }
  | { readonly command: 'keys public'; readonly json: boolean; readonly file: string; readonly kid?: string }
  | { readonly command: 'keys rotate'; readonly json: boolean; readonly file: string; readonly kind: KeyKind }
  | { readonly command: 'keys split'; readonly json: boolean; readonly file: string }
  | CompletionInvocation
  | { readonly command: 'policy check'; readonly json: boolean; readonly file: string };

type Invoke = (invocation: OfflineInvocation) => Promise<void>;

const JSON_OPTION = ['--json', 'one JSON document on stdout, and nothing else'] as const;

const addVerifyReceipt = (root: Command, invoke: Invoke, examples: Examples): void => {
  const summary = 'Checks a receipt of an erasure against a public key. Needs nothing but the two files.';
  root
    .command('verify-receipt')
    .summary(summary)
    .description(
      `${summary} With --uin and --opening it also says whether it is the receipt of that account (with --app: of that application). ` +
        'It ends with 0 when the receipt is valid, and with 3 when it is not, or is about another.',
    )
    .argument('<file>', 'the receipt')
    .requiredOption(
      '--key <file>',
      'public key of whoever issued it, as PEM or JWK; get it another way than the receipt',
    )
    .option('--uin <account>', 'account that it should be about')
    .option('--app <id>', 'application that it should be about')
    .option('--opening <text>', 'the opening that was handed over beside the receipt')
    .option(...JSON_OPTION)
    .addHelpText('after', examples('verify-receipt receipt.jws --key issuer.pem'))
    .action((file: string, { json = false, ...options }) =>
      invoke({ command: 'verify-receipt', json, file, ...options }),
    );
};

const addKeys = (root: Command, invoke: Invoke, examples: Examples): void => {
  const keys = root
    .command('keys')
    .summary('Makes, rotates, splits and shows the keys of a key ring.')
    .description(
      'Makes and rotates the keys behind hashes, receipts and the archive. docs/keys.md says what each is for.',
    );
  keys
    .command('generate')
    .description('Makes a new key ring in a file that only you can read. Overwrites nothing.')
    .argument('<file>', 'the new file')
    .option(...JSON_OPTION)
    .addHelpText('after', examples('keys generate retention-keys.json'))
    .action((file: string, { json = false }) => invoke({ command: 'keys generate', json, file }));
  keys
    .command('public')
    .description('Prints the public half of a signing key as PEM, for those who check receipts.')
    .argument('<file>', 'the key ring')
    .option('--kid <kid>', 'version of the signing key (default: the current one)')
    .option(...JSON_OPTION)
    .addHelpText('after', examples('keys public retention-keys.json > issuer.pem'))
    .action((file: string, { json = false, ...options }) => invoke({ command: 'keys public', json, file, ...options }));
  keys
    .command('rotate')
    .description('Adds a new version of a key, which is used from then on. The old versions stay.')
    .argument('<file>', 'the key ring')
    .addArgument(new Argument('<kind>', 'which key').choices(KEY_KINDS))
    .option(...JSON_OPTION)
    .addHelpText('after', examples('keys rotate retention-keys.json signing'))
    .action((file: string, kind: KeyKind, { json = false }) => invoke({ command: 'keys rotate', json, file, kind }));
  keys
    .command('split')
    .description(
      'Writes subject, signing and archive keys into a file each, beside the ring, for secrets of their own. Overwrites nothing.',
    )
    .argument('<file>', 'the key ring')
    .option(...JSON_OPTION)
    .addHelpText('after', examples('keys split retention-keys.json'))
    .action((file: string, { json = false }) => invoke({ command: 'keys split', json, file }));
};

const addPolicy = (root: Command, invoke: Invoke, examples: Examples): void => {
  const policy = root
    .command('policy')
    .summary('Checks a policy file without a cluster.')
    .description('Checks a policy file. docs/policy.md says what each key means.');
  policy
    .command('check')
    .description('Reads a policy file, and names every mistake with its line and the fix. Needs no cluster.')
    .argument('<file>', 'the policy file')
    .option(...JSON_OPTION)
    .addHelpText('after', examples('policy check my-policy.yml'))
    .action((file: string, { json = false }) => invoke({ command: 'policy check', json, file }));
};

const addRedrive = (root: Command, invoke: Invoke, examples: Examples): void => {
  const summary = 'Shows what functions gave up, and why; sends it again.';
  root
    .command('redrive')
    .summary(summary)
    .description(`${summary} Reads the queue that DEAD_LETTER_QUEUE_URL names. Without --execute it only looks.`)
    .option('--execute', 'send each again to the function that did not take it')
    .option(...JSON_OPTION)
    .addHelpText('after', examples('redrive', 'redrive --execute'))
    .option(
      '--to <queue>',
      'the failure queue that takes them all, where those that they came from are drained no longer',
    )
    .action(({ json = false, execute = false, ...options }) =>
      invoke({ command: 'redrive', json, execute, ...options }),
    );
};

/** Adds the commands that need neither a policy nor a cluster. */
export const addOfflineCommands = (root: Command, invoke: Invoke, examples: Examples): void => {
  addVerifyReceipt(root, invoke, examples);
  addKeys(root, invoke, examples);
  addPolicy(root, invoke, examples);
  addRedrive(root, invoke, examples);
};
