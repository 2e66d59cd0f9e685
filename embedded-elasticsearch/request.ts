/** A user's name and password. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

const PATIENCE_MS = 30_000;

/**
 * Sends a GET of `path` to the Elasticsearch at `url`.
 * @param url may contain user name and password; `credentials` override them.
 * @returns the JSON of the answer.
 * @throws Error if nobody answers within 30 seconds, or if the status is not 2xx.
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

/** The reason of an error in a few words: `fetch` hides it in the error's cause. */
export function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  const inner = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : undefined;
  return inner ? `${message}: ${inner}` : message;
}
