import type { Client } from '@elastic/elasticsearch';
import type { KeyPrivileges } from '../../../maintenance/key-privileges.ts';
import { type RequestPolicy, request } from '../client/request.ts';

/** Status codes by which a server without security says that it has no such endpoint. */
const NO_SECURITY = [400, 404, 405];

const missingOf = (asked: Readonly<Record<string, boolean>>, where = ''): readonly string[] =>
  Object.entries(asked).flatMap(([privilege, has]) => (has ? [] : [`${privilege}${where}`]));

/**
 * The privileges that the key or user of the client lacks of those that are wanted: `read on call-log-*`.
 * @param more privileges for the cluster that are wanted too.
 * @returns undefined if the cluster has no security.
 * @throws InputError | TransientError
 */
export const lackedPrivileges = async (
  client: Client,
  requests: RequestPolicy,
  wanted: readonly KeyPrivileges[],
  more: readonly string[] = [],
): Promise<readonly string[] | undefined> => {
  const answer = await request(requests, 'asking what the user may do', (options) =>
    client.security.hasPrivileges(
      {
        cluster: [...new Set([...more, ...wanted.flatMap(({ cluster }) => cluster)])],
        index: wanted
          .flatMap(({ indices }) => indices)
          .map(({ names, privileges }) => ({ names: [...names], privileges: [...privileges] })),
      },
      { ...options, ignore: NO_SECURITY },
    ),
  );
  if (answer.has_all_requested === undefined) return undefined;
  if (answer.has_all_requested) return [];
  return [
    ...missingOf(answer.cluster),
    ...Object.entries(answer.index).flatMap(([name, asked]) => missingOf(asked, ` on ${name}`)),
  ];
};
