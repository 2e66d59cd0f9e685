import type { Client } from '@elastic/elasticsearch';
import { InputError } from '../../../base/errors.ts';
import { type RequestPolicy, request } from '../client/request.ts';

interface Settings {
  readonly search?: { readonly allow_expensive_queries?: unknown };
  readonly action?: { readonly auto_create_index?: unknown };
}

type Answer = Readonly<Partial<Record<'transient' | 'persistent' | 'defaults', Settings | undefined>>>;

const PATHS = ['**.allow_expensive_queries', '**.auto_create_index'];

/** The two settings of the cluster that a run asks for. */
export interface ClusterSettings {
  /**
   * Whether the cluster refuses queries on run-time fields. It is asked once. If the cluster begins to refuse these
   * queries during the run, the refused request reports it. So the answer is also no if the key may not read the
   * settings.
   * @throws TransientError when the cluster does not answer.
   */
  readonly refusesExpensiveQueries: () => Promise<boolean>;
  /**
   * Whether a write to a missing name creates an index, unless a template says otherwise. A list of patterns counts as
   * no.
   * @throws InputError when the key may not read the settings; TransientError when the cluster does not answer.
   */
  readonly createsIndices: () => Promise<boolean>;
}

/**
 * Reads each setting as somebody set it for the cluster, or else as the node's file sets it. To find the setting of the
 * file, Elasticsearch lists several hundred settings. That takes longer than any other request of a run on few indices,
 * so it is done once for each command. Settings of the cluster are read anew each time.
 */
export const clusterSettings = (client: Client, requests: RequestPolicy): ClusterSettings => {
  const ask = (include_defaults: boolean): Promise<Answer> =>
    request(
      requests,
      'reading settings of the cluster',
      (options) => client.cluster.getSettings({ include_defaults, filter_path: PATHS }, options) as Promise<Answer>,
    );
  let first: Promise<Answer> | undefined;
  const once = (): Promise<Answer> => {
    first ??= ask(true).catch((error: unknown) => {
      first = undefined;
      throw error;
    });
    return first;
  };
  const settingIn = ({ transient, persistent, defaults }: Answer, read: (settings: Settings) => unknown): string => {
    const [value = true] = [transient, persistent, defaults].flatMap((settings) => (settings && read(settings)) ?? []);
    return `${value}`;
  };
  return {
    refusesExpensiveQueries: async () => {
      try {
        return settingIn(await once(), ({ search }) => search?.allow_expensive_queries) === 'false';
      } catch (thrown) {
        if (thrown instanceof InputError) return false;
        throw thrown;
      }
    },
    createsIndices: async () => {
      const { defaults } = await once();
      return settingIn({ ...(await ask(false)), defaults }, ({ action }) => action?.auto_create_index) === 'true';
    },
  };
};
