import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Environment } from '../../base/environment.ts';
import { InputError, messageOf, TransientError } from '../../base/errors.ts';
import { assertSafeTransport } from '../environment/transport.ts';

/** A rotated secret is used after this time at the latest, as docs/keys.md and docs/webhook.md promise. */
const OLDEST_MILLISECONDS = 5 * 60_000;

/** The webhook has ten seconds, and still has to publish after this. */
const TRIES = 2;
const REQUESTS = { connectionTimeout: 2_000, requestTimeout: 2_000, throwOnRequestTimeout: true };

const cache = new Map<string, { readonly text: Promise<string>; readonly fetchedAt: number }>();

let client: SecretsManagerClient | undefined;

/** The id is not repeated: somebody may have put the secret itself into this variable. */
const explain = (thrown: unknown, variable: string): Error => {
  const name = thrown instanceof Error ? thrown.name : '';
  const explanation = {
    expected: `Secrets Manager to hand out the secret that ${variable} names`,
    found: name === '' ? messageOf(thrown) : name,
    fix: "Check that the secret exists in this region, and that the function's role may read it.",
  };
  const isOurs = ['ResourceNotFoundException', 'AccessDeniedException', 'InvalidRequestException'].includes(name);
  return isOurs ? new InputError('no-secret', explanation) : new TransientError('secrets-unavailable', explanation);
};

const fetchSecret = async (id: string, variable: string): Promise<string> => {
  // Loaded only here: a command on a machine of a person reads no secret.
  const { GetSecretValueCommand, SecretsManagerClient } = await import('./sdk/secrets-manager.ts');
  client ??= new SecretsManagerClient({ maxAttempts: TRIES, requestHandler: REQUESTS });
  try {
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: id }));
    return SecretString;
  } catch (thrown) {
    throw explain(thrown, variable);
  }
};

/**
 * The environment with a secret filled in. `<name>_SECRET` names the secret in Secrets Manager, so that its value is in
 * no environment. It is cached for at most five minutes. If the variable `<name>` itself is set (on a person's
 * machine), its value is used.
 * @throws InputError `no-secret` if it does not exist or may not be read, `plain-http`, `certificates-unchecked`;
 *   TransientError `secrets-unavailable`.
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
 * Drops cached secrets, so that they are fetched again after a key was rotated and the old one refused.
 * @param before epoch milliseconds; only secrets fetched before this instant are dropped. Absent: all.
 * @returns whether there were any.
 */
export const forgetSecrets = (before = Number.POSITIVE_INFINITY): boolean => {
  const old = [...cache].filter(([, { fetchedAt }]) => fetchedAt < before);
  for (const [id] of old) cache.delete(id);
  return old.length > 0;
};
