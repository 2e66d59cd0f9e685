import { identifyCluster } from '../../lib/adapters/elasticsearch/client/identify-cluster.ts';
import { reconcileCommand } from '../../lib/cli/commands/erasure/reconcile-command.ts';
import { statusCommand } from '../../lib/cli/commands/erasure/status-command.ts';
import { terminateCommand } from '../../lib/cli/commands/erasure/terminate-command.ts';
import { planCommand } from '../../lib/cli/commands/purge/plan-command.ts';
import { verifyCommand } from '../../lib/cli/commands/purge/verify-command.ts';
import type { Terminal } from '../../lib/cli/consent/terminal.ts';
import type { Result } from '../../lib/cli/output/result.ts';
import type { Session } from '../../lib/cli/session.ts';
import { TEST_RING_TEXT } from '../support/erasure/key-ring-text.ts';
import { erasurePortsAt, portsAt } from '../support/purge/ports-at.ts';
import { NOW, type PurgeFixture } from '../support/purge/purge-fixture.ts';
import { temporaryFolder } from '../support/receipts/archive-worlds.ts';

/** The commands of the command line on a fixture's category, without a process for each. */
interface Commands {
  readonly ports: ReturnType<typeof portsAt>;
  /** Those that change nothing. */
  readonly looking: readonly (() => Promise<Result>)[];
  /** Ends an account, whole, at an instant (ISO 8601). */
  terminate(uin: string, at: string): Promise<Result>;
}

/** Nobody is there to be asked. */
const NOBODY = { stdin: {}, stderr: {}, json: true } as Terminal;

/**
 * Opens them at {@link NOW}, with keys and an archive of the test's own. What else is on the server is not looked at.
 */
export const commandsOf = async ({ client, policy, category }: PurgeFixture): Promise<Commands> => {
  const requests = { timeout: () => 30_000, firstWait: 20 };
  const environment = { RETENTION_KEYS: TEST_RING_TEXT, RETENTION_ARCHIVE: temporaryFolder() };
  const clock = () => NOW;
  const ports = portsAt(client, policy, requests, clock, requests, environment);
  const session = {
    policy,
    policyFile: 'test-policy.yml',
    categories: [category],
    host: 'localhost',
    ports,
    cluster: await identifyCluster(client, requests),
    erasure: erasurePortsAt(client, requests, clock, environment, policy, ports.ownRecords),
    catalogue: { list: async () => [], count: async () => new Map() },
  } as unknown as Session;
  return {
    ports,
    looking: [
      () => verifyCommand(session, false),
      () => planCommand(session, { allowEmpty: false, all: false }),
      () => statusCommand(session, { json: true }),
      () => reconcileCommand(session, new Map([['7', 'all']]), false),
    ],
    terminate: (uin, at) =>
      terminateCommand(
        session,
        {
          command: 'terminate',
          uin,
          at,
          accountDeleted: true,
          immediate: false,
          yes: false,
          selection: {},
          json: true,
        },
        NOBODY,
      ),
  };
};
