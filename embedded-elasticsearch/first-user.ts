import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Credentials } from './request.ts';

const ITERATIONS = 10_000;
const BYTES = 32;

/**
 * Writes a superuser into the configuration of a server, as the command `elasticsearch-users useradd` does. That command
 * starts a Java of its own, which takes as long as half a start of the server.
 * @param config folder of the configuration.
 */
export function writeFirstUser(config: string, { username, password }: Credentials): void {
  writeFileSync(join(config, 'users'), `${username}:${hashOf(password)}\n`);
  writeFileSync(join(config, 'users_roles'), `superuser:${username}\n`);
}

/** The form of the hash algorithm `pbkdf2` of Elasticsearch. */
function hashOf(password: string): string {
  const salt = randomBytes(BYTES);
  const hash = pbkdf2Sync(password, salt, ITERATIONS, BYTES, 'sha512');
  return `{PBKDF2}${ITERATIONS}$${salt.toString('base64')}$${hash.toString('base64')}`;
}
