import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Environment } from '../../policy/environment.ts';
import { InputError, messageOf, TransientError } from '../../purge/errors.ts';
import { assertSafeTransport } from '../environment/transport.ts';

/** A rotated secret is taken up after so long at the latest: docs/keys.md and docs/webhook.md promise it. */
const OLDEST_MILLISECONDS = 5 * 60_000;

/** The webhook has ten seconds, and publishes after this. */
const TRIES = 2;
const REQUESTS = { connectionTimeout: 2_000, requestTimeout: 2_000, throwOnRequestTimeout: true };

const cache = new Map<string, { readonly text: Promise<string>; readonly fetchedAt: number }>();

let client: SecretsManagerClient | undefined;

/** The id is not repeated: it may be the secret itself, in the wrong variable. */
const explain = (thrown: unknown, variable: string): Error => {
  const name = thrown instanceof Error ? thrown.name : '';
  const explanation = {
    expected: `Secrets Manager to hand out the secret that ${variable} names`,
    found: name === '' ? messageOf(thrown) : name,
    fix: 'See that the secret is there, in this region, and that the function’s role may read it.',
  };
  const isOurs = ['ResourceNotFoundException', 'AccessDeniedException', 'InvalidRequestException'].includes(name);
  return isOurs ? new InputError('no-secret', explanation) : new TransientError('secrets-unavailable', explanation);
};

const fetchSecret = async (id: string, variable: string): Promise<string> => {
  client ??= new SecretsManagerClient({ maxAttempts: TRIES, requestHandler: REQUESTS });
  try {
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: id }));
    return SecretString;
  } catch (thrown) {
    throw explain(thrown, variable);
  }
};

/**
 * The environment with a secret in its place: `<name>_SECRET` names it in Secrets Manager, so that it stands in no environment
 * in plain text; it is at most five minutes old. Where the variable itself is set (on a person's machine), that is taken.
 * @throws InputError `no-secret` when it is not there or not ours to read, `plain-http`, `certificates-unchecked`; TransientError
 * `secrets-unavailable`.
 */
export const withSecret = async (name: string, environment: Environment = process.env): Promise<Environment> => {
  const variable = `${name}_SECRET`;
  const id = environment[variable];
  if (!id || environment[name]) return environment;
  assertSafeTransport(environment);
  const found = cache.get(id);
  const isFresh = found !== undefined && Date.now() - found.fetchedAt < OLDEST_MILLISECONDS;
  const cached = isFresh ? found : { text: fetchSecret(id, variable), fetchedAt: Date.now() };
  cache.set(id, cached);
  try {
    return { ...environment, [name]: await cached.text };
  } catch (error) {
    cache.delete(id);
    throw error;
  }
};

/**
 * Forgets the secrets that were fetched before an instant (all, without one), so that they are fetched anew: a key was rotated,
 * and the old one is refused.
 * @returns whether there were any.
 */
export const forgetSecrets = (before = Number.POSITIVE_INFINITY): boolean => {
  const old = [...cache].filter(([, { fetchedAt }]) => fetchedAt < before);
  for (const [id] of old) cache.delete(id);
  return old.length > 0;
};
