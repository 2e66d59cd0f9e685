import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { shellWord } from '../lib/cli/output/shell-word.ts';
import { DELETED, UNTOUCHED } from './account-system.ts';
import { typed } from './command-line.ts';
import type { DemoEnvironment } from './demo-environment.ts';
import type { EventPlumbing } from './event-plumbing.ts';
import { OURS } from './function-environment.ts';
import { heading, print } from './output.ts';
import { receiptsOf } from './receipts.ts';

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));
const TO_SET = [
  'ELASTICSEARCH_URL',
  'ELASTICSEARCH_API_KEY',
  'RETENTION_POLICY',
  'RETENTION_KEYS',
  'RETENTION_ARCHIVE',
];

/** Shell commands that set the variables of this process, and unset those of another cluster. */
const shellText = ({ url, secret }: EventPlumbing): string => {
  const set = [
    ...TO_SET.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
    ['WEBHOOK_URL', url],
    ['WEBHOOK_SECRET', secret],
  ];
  return [
    `for name in $(env | grep -oE '^(${OURS.join('|')})[A-Za-z0-9_]*'); do unset "$name"; done`,
    ...set.map(([name, value]) => `export ${name}=${shellWord(value ?? '')}`),
    '',
  ].join('\n');
};

/**
 * Prints commands to try, and waits for Ctrl-C.
 * @param signal fires on Ctrl-C.
 */
export const keepRunning = async (
  { files }: DemoEnvironment,
  plumbing: EventPlumbing,
  signal: AbortSignal,
): Promise<void> => {
  writeFileSync(files.shell, shellText(plumbing), { mode: 0o600 });
  heading('The server keeps running. Try these commands in another terminal:');
  const [receipt] = await receiptsOf(DELETED);
  const ofAccount = ['--uin', DELETED.uin];
  const commands = [
    `cd ${shellWord(REPOSITORY)}`,
    `. ${shellWord(files.shell)}`,
    typed('verify'),
    typed('plan', '--category', 'sdk-logs'),
    typed('receipt', ...ofAccount),
    typed('verify-receipt', files.receipt, '--key', files.publicKey, ...ofAccount, '--opening', receipt?.opening ?? ''),
    `node docs/webhook/send.mjs account.deleted ${UNTOUCHED.uin}`,
    typed('status'),
    typed('purge', '--execute'),
  ];
  for (const command of commands) print(`  ${command}`);
  print('Ctrl-C in this terminal ends the demo, and removes everything that it made.');
  // Listeners for signals do not keep the process alive.
  const alive = setInterval(() => undefined, 60_000);
  if (!signal.aborted) await once(signal, 'abort');
  clearInterval(alive);
};
