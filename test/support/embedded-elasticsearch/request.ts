/** A user's name and password. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

const PATIENCE_MS = 30_000;

/**
 * The JSON that the Elasticsearch at `url` answers to a GET of `path`.
 * @param url may carry a user name and password, which are used if `credentials` are not given.
 * @throws Error when nobody answers within 30 seconds, or with another status than 2xx.
 */
export async function getJson(url: string, path: string, credentials?: Credentials): Promise<unknown> {
  const target = new URL(url.replace(/\/*$/, path));
  const user = credentials ?? userIn(target);
  target.username = '';
  target.password = '';
  const headers = user ? { authorization: `Basic ${btoa(`${user.username}:${user.password}`)}` } : undefined;
  const response = await fetch(target, { signal: AbortSignal.timeout(PATIENCE_MS), ...(headers && { headers }) });
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${(await response.text()).slice(0, 200)}`);
  return response.json();
}

function userIn({ username, password }: URL): Credentials | undefined {
  if (!username) return undefined;
  return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/** What went wrong, in a few words: `fetch` hides the reason in its error's cause. */
export function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  const inner = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : undefined;
  return inner ? `${message}: ${inner}` : message;
}
