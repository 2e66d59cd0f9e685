import type { Client } from '@elastic/elasticsearch';
import { InputError } from '../../../purge/errors.ts';
import { type RequestPolicy, request } from '../client/request.ts';

/** The setting may come from the cluster or from a node's file. */
interface Settings {
  readonly search?: { readonly allow_expensive_queries?: unknown };
}

/**
 * Whether the cluster refuses queries on run-time fields. If the key may not read the settings, the answer is no; the
 * request that is refused then names the setting.
 * @throws TransientError if the cluster does not answer.
 */
const refusesExpensiveQueries = async (client: Client, requests: RequestPolicy): Promise<boolean> => {
  try {
    const answer = await request(requests, 'reading settings of the cluster', (options) =>
      client.cluster.getSettings({ include_defaults: true, filter_path: '**.allow_expensive_queries' }, options),
    );
    const { persistent, transient, defaults } = answer as unknown as Partial<Record<string, Settings>>;
    const [setting = true] = [transient, persistent, defaults].flatMap(
      (settings) => settings?.search?.allow_expensive_queries ?? [],
    );
    return `${setting}` === 'false';
  } catch (thrown) {
    if (thrown instanceof InputError) return false;
    throw thrown;
  }
};

/**
 * The same, asked only once: the answer has several hundred settings, and takes most of the time of a run on few
 * indices. If the cluster begins to refuse later, the refused request says so. After an error it asks again.
 */
export const refusalAskedOnce = (client: Client, requests: RequestPolicy): (() => Promise<boolean>) => {
  let asked: Promise<boolean> | undefined;
  return () => {
    asked ??= refusesExpensiveQueries(client, requests).catch((error: unknown) => {
      asked = undefined;
      throw error;
    });
    return asked;
  };
};
