import type { Result } from '../../output/result.ts';
import type { OfflineInvocation } from '../../program/offline-program.ts';
import { redriveCommand } from '../erasure/redrive-command.ts';
import { checkPolicyCommand } from './check-policy-command.ts';
import { completionCommand } from './completion-command.ts';
import { generateKeysCommand, publicKeyCommand, rotateKeyCommand, splitKeysCommand } from './keys-command.ts';
import { verifyReceiptCommand } from './verify-receipt-command.ts';

const COMMANDS: readonly string[] = [
  'redrive',
  'verify-receipt',
  'keys generate',
  'keys public',
  'keys rotate',
  'keys split',
  'policy check',
  'completion',
] satisfies readonly OfflineInvocation['command'][];

/** Whether a command needs neither a policy nor a cluster. */
export const isOffline = <T extends { readonly command: string }>(
  invocation: T | OfflineInvocation,
): invocation is OfflineInvocation => COMMANDS.includes(invocation.command);

/** Runs a command that needs neither a policy nor a cluster. */
export const offlineCommand = (invocation: OfflineInvocation): Promise<Result> => {
  switch (invocation.command) {
    case 'redrive':
      return redriveCommand(invocation.execute, invocation.to);
    case 'verify-receipt':
      return verifyReceiptCommand(invocation);
    case 'keys generate':
      return generateKeysCommand(invocation.file);
    case 'keys public':
      return publicKeyCommand(invocation.file, invocation.kid);
    case 'keys rotate':
      return rotateKeyCommand(invocation.file, invocation.kind);
    case 'keys split':
      return splitKeysCommand(invocation.file);
    case 'policy check':
      return checkPolicyCommand(invocation.file);
    case 'completion':
      return completionCommand(invocation);
  }
};
