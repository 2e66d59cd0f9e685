import { getJson, reasonOf } from './request.ts';

const OURS = 'trtc-*,retention-*';

/** A server that `ES_RETENTION_TEST_URL` names. */
export interface NamedServer {
  readonly url: string;
  readonly version: string;
}

/**
 * Checks that the server at `url` answers and has no index, alias or data stream with one of our names: demo and tests
 * drop those.
 * @param url may contain user name and password.
 * @throws Error with what was expected, what was found and the fix.
 */
export async function openNamedServer(url: string): Promise<NamedServer> {
  const { version } = (await ask(url, '/')) as { version: { number: string } };
  const [first, ...others] = namesIn((await ask(url, `/_resolve/index/${OURS}?expand_wildcards=all`)) as Resolved);
  if (first === undefined) return { url, version: version.number };
  throw new Error(
    `Demo and tests delete data, so the server that ES_RETENTION_TEST_URL names is expected to hold no index called ${OURS.replace(',', ' or ')}, and it holds ${others.length + 1}, such as "${first}"; name an empty server there, or unset ES_RETENTION_TEST_URL to get an embedded one.`,
  );
}

async function ask(url: string, path: string): Promise<unknown> {
  try {
    return await getJson(url, path);
  } catch (error) {
    throw new Error(
      `An Elasticsearch was expected at the address that ES_RETENTION_TEST_URL names, and it did not answer as one (${reasonOf(error)}); correct the address, or unset ES_RETENTION_TEST_URL to get an embedded one.`,
      { cause: error },
    );
  }
}

interface Resolved {
  readonly indices: readonly { readonly name: string }[];
  readonly aliases: readonly { readonly name: string }[];
  readonly data_streams: readonly { readonly name: string }[];
}

function namesIn({ indices, aliases, data_streams }: Resolved): string[] {
  return [...indices, ...aliases, ...data_streams].map(({ name }) => name);
}
