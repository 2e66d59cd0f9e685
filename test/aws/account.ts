import { DescribeEventBusCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { Client } from '@elastic/elasticsearch';

/** What must not go on: nothing has been made then. */
export class Refusal extends Error {}

/**
 * Makes sure that the credentials are of the account that the caller named. The default bus is in every account, and
 * says whose it is.
 * @throws Refusal when they are of another.
 */
export const assertAccount = async (account: string, region: string): Promise<void> => {
  const { Arn = '' } = await new EventBridgeClient({ region }).send(new DescribeEventBusCommand({ Name: 'default' }));
  const found = Arn.split(':')[4];
  if (found === account) return;
  throw new Refusal(
    `Expected credentials of the account ${account}; found those of ${found}. Use others, or name that account with --account.`,
  );
};

/**
 * Makes sure that the cluster holds nothing of ours: whatever the check would find or remove is then its own.
 * @throws Refusal naming how many indices there are.
 */
export const assertForeign = async (client: Client): Promise<void> => {
  const found = await client.cat.indices({
    index: 'trtc-*,retention-*',
    h: 'index',
    format: 'json',
    expand_wildcards: 'all',
  });
  if (found.length === 0) return;
  throw new Refusal(
    `Expected a cluster without indices trtc-* and retention-*; found ${found.length}. Name a cluster for tests in ELASTICSEARCH_URL.`,
  );
};
