import { createSecretKey } from 'node:crypto';
import type { Session } from '../../../lib/cli/session.ts';
import type { ReadEntry } from '../../../lib/erasure/ledger/ledger.ts';
import type { LedgerEntry } from '../../../lib/erasure/ledger/ledger-entry.ts';
import { withProof } from '../../../lib/erasure/ledger/obligation-proof.ts';
import type { Subject } from '../../../lib/erasure/subjects/subject.ts';
import { subjectHashes } from '../../../lib/erasure/subjects/subject-hash.ts';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import { inMemoryControls } from '../in-memory/records/in-memory-controls.ts';
import { inMemoryLeases } from '../in-memory/records/in-memory-leases.ts';
import { inMemoryEventLogs, inMemoryLedger, NO_LIMITS } from '../in-memory/records/in-memory-ledger.ts';
import { policyWith } from '../policy/policy-text.ts';

export const NOW = Date.parse('2026-11-24T14:00:00Z');

const KEY = createSecretKey(Buffer.alloc(32, 7));
const RING = { subject: { current: 'k1', keys: new Map([['k1', KEY]]) } };

const RULE =
  'rules: { termination: { triggers: [feature-terminated, account-deleted], deadline: P7D, cancelWindow: P3D } }';

const APPLICATIONS = 'defaults: { applicationField: sdkAppId }\n';

/**
 * A session for the commands about terminations, with its ledger in memory: `settings` has a termination rule. The real
 * session is in test/integration/cli.
 */
export const erasureSession = (policy = `${policyWith('rules: {}', RULE)}${APPLICATIONS}`) => {
  const [ledger, events, leases] = [inMemoryLedger(), inMemoryEventLogs(), inMemoryLeases(() => NOW)];
  const openRecord = async () => ({
    ledger,
    events,
    archiveEvent: async () => undefined,
    hashes: (subject: Subject) => subjectHashes(subject, RING),
    withProof: (entry: LedgerEntry, before?: LedgerEntry) => withProof(entry, RING, before),
    ...NO_LIMITS,
    clock: () => NOW,
  });
  const parsed = parseRetentionPolicy(policy, 'policy.yml');
  const session = {
    policy: parsed,
    categories: [...parsed.categories.values()],
    policyFile: 'policy.yml',
    // The findings of a witness have their own tests: entries of these tests have no events.
    ports: {
      clock: () => NOW,
      store: { serverTime: async () => NOW },
      leases,
      controls: inMemoryControls(),
      witness: {
        examine: async () => [],
        keys: async () => RING,
        orphans: async () => [],
        altered: async () => new Map(),
        judge: async (_: string, __: unknown, believed: readonly ReadEntry[]) => ({ believed, altered: new Map() }),
      },
    },
    erasure: { ledger, events, openRecord, subjectKeys: async () => RING },
  } as unknown as Session;
  return { session, ledger, events, leases };
};
