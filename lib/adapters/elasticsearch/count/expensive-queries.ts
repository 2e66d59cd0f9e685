import type { Client } from '@elastic/elasticsearch';
import { InputError } from '../../../purge/errors.ts';
import { type RequestPolicy, request } from '../client/request.ts';

/** As a person set it for the cluster, or as a node's file has it. */
interface Settings {
  readonly search?: { readonly allow_expensive_queries?: unknown };
}

/**
 * Whether the cluster refuses queries on run-time fields. A key that may not read its settings is taken to
 * be allowed them: a refusal is then named by the request that meets it.
 * @throws TransientError when the cluster does not answer.
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
 * The same, asked once: the answer is several hundred settings, most of the time that a run on few indices takes. A cluster that begins to
 * refuse meanwhile says so to the request that meets it. What was not answered is asked again.
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
