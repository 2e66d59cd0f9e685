import type { Command } from 'commander';
import type { Selection } from '../session.ts';
import { type AuditInvocation, addAudit } from './audit-program.ts';
import { addBrakedCommands, type BrakedInvocation } from './braked-program.ts';
import type { Add } from './command-types.ts';
import { addCommonOptions } from './common-options.ts';
import { addCompletion } from './completion-program.ts';
import { addControlCommands, type ControlInvocation } from './control-program.ts';
import { addErasureCommands, type ErasureInvocation } from './erasure-program.ts';
import { addExplain, type ExplainInvocation } from './explain-program.ts';
import { HelpfulCommand } from './helpful-command.ts';
import { addOfflineCommands, type OfflineInvocation } from './offline-program.ts';
import { addPastCommands, type PastInvocation } from './past-program.ts';
import { addPurgeCommands, type PurgeInvocation } from './purge-program.ts';
import { addSetup, type SetupInvocation } from './setup-program.ts';
import { refuseRepeatedOptions } from './single-values.ts';
import { addStartCommands, type StartInvocation } from './start-program.ts';

/** A command line that was parsed successfully. */
export type Invocation = ClusterInvocation | StartInvocation | OfflineInvocation;

/** Commands that need a policy and a cluster. */
export type ClusterInvocation =
  | AuditInvocation
  | ErasureInvocation
  | BrakedInvocation
  | ControlInvocation
  | ExplainInvocation
  | PastInvocation
  | PurgeInvocation
  | {
      readonly command: 'housekeeping';
      readonly selection: Selection;
      readonly json: boolean;
      readonly dryRun: boolean;
    }
  | SetupInvocation;

const SURROUNDINGS = `
Environment:
  ELASTICSEARCH_URL      address of the cluster: https://es.example.org:9200
  ELASTICSEARCH_API_KEY  the encoded API key, or {"encoded": …, "expiresAt": …} as setup --keys writes it
  ELASTICSEARCH_USERNAME, ELASTICSEARCH_PASSWORD
                         a user instead of a key: setup --keys needs one
  ELASTICSEARCH_CA       certificate of a private authority: PEM text, or the path of a file
  PLAIN_HTTP_HOSTS       hosts to which http is allowed instead of https, besides this machine
  RETENTION_POLICY       the policy file, where --policy does not name one
  RETENTION_KEYS         the key ring: its file, or its JSON text (keys generate makes one). Erasures need it, and what is
                         signed: receipts, statements, saved plans, evidence
  RETENTION_SUBJECT_KEYS, RETENTION_SIGNING_KEYS, RETENTION_ARCHIVE_KEYS
                         one kind of keys each, instead of the whole ring (keys split makes them)
  RETENTION_ARCHIVE      where copies are kept that survive the cluster: a folder, or s3://bucket/prefix
  EVENT_BUS_NAME         the bus that hears of completed and overdue erasures; without it nobody is told
  NO_COLOR               no colours, on a terminal either

Exit codes:
  0  done, and nothing overdue
  1  failed: the cluster did not answer, or did not do what it was asked
  2  usage or policy error, wrong key, missing privilege
  3  something is left: overdue, undatable, refused, incomplete; or no category has an index (but for --allow-empty);
     concept: a statement of practice is MISSING
  Of several categories the worst counts: 1 before 2 before 3.`;

const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  node bin/es-retention.mjs ${line}`).join('\n')}`;

type Invoke = (invocation: Invocation) => Promise<void>;

interface HousekeepingOptions {
  readonly policy?: string;
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

const addHousekeeping = (add: Add, invoke: Invoke): void => {
  add(
    'housekeeping',
    'Removes what need not be kept any more of our own records: reports, receipts, closed entries of the ledger, events, copies in a folder.',
    'Each after the period that the policy gives it; a scheduled function does it every day. No run removes any of it.',
  )
    .option('--dry-run', 'only count what would be removed')
    .addHelpText('after', examples('housekeeping --dry-run', 'housekeeping'))
    .action(({ json = false, dryRun = false, policy }: HousekeepingOptions) =>
      invoke({ command: 'housekeeping', selection: policy === undefined ? {} : { policy }, json, dryRun }),
    );
};

const adder =
  (root: Command): Add =>
  (name, summary, more = '') =>
    root
      .command(name)
      .summary(summary)
      .description(`${summary} ${more}`.trim())
      .option(
        '--policy <file>',
        "policy file (default: $RETENTION_POLICY, or the retention-policy.yml in es-retention's own folder)",
      )
      .option('--json', 'one JSON document on stdout, and nothing else');

/**
 * The command line.
 * @param invoke called with a command line that was parsed successfully. Otherwise commander throws.
 * @param write receives help and commander's own messages.
 */
export const program = (
  version: string,
  write: { readonly out: (text: string) => void; readonly err: (text: string) => void },
  invoke: (invocation: Invocation) => Promise<void>,
): Command => {
  const root: Command = new HelpfulCommand('es-retention')
    .description('Keeps retention promises on Elasticsearch, exactly, and proves it.')
    .version(version)
    .exitOverride()
    .showHelpAfterError('See node bin/es-retention.mjs --help.')
    .configureOutput({ writeOut: write.out, writeErr: write.err })
    .addHelpText('after', `${SURROUNDINGS}\n${examples('verify', 'plan --category sdk-logs', 'purge --execute')}`);

  const add = adder(root);
  addStartCommands(add, invoke, examples);
  addPurgeCommands(add, invoke, examples);
  addExplain(add, invoke, examples);
  addPastCommands(add, invoke, examples);
  addAudit(add, invoke, examples);
  addSetup(add, invoke, examples);
  addHousekeeping(add, invoke);
  addErasureCommands(add, invoke, examples);
  addBrakedCommands(add, invoke, examples);
  addControlCommands(add, invoke, examples);
  addOfflineCommands(root, invoke, examples);
  addCompletion(root, invoke, examples);
  return refuseRepeatedOptions(addCommonOptions(root));
};
